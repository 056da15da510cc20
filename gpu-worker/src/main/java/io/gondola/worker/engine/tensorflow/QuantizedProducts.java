package io.gondola.worker.engine.tensorflow;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * Products of 8-bit integers by oneDNN's {@code _QuantizedMatMul} (tensorflow/core/kernels/mkl/mkl_matmul_op_fused.cc).
 *
 * <p>TensorFlow Java builds no operation whose name begins with an underscore, and has no type for signed bytes. So a
 * product stands in the graph that Java builds as a {@code PyFunc}, an operation of any inputs and outputs that is never
 * run; {@link #expand} puts the real nodes in its place on the way to the session.
 */
final class QuantizedProducts {

    private static final String STAND_IN = "PyFunc";
    private static final String TOKEN = "gondola.quantized_product";

    /** What -127 and 127 stand for in rows. */
    private static final String LOW = "quantized_products/low";

    private static final String HIGH = "quantized_products/high";

    /** Behind a matrix, its channels' low and high, and zeros. */
    private static final int ROWS_INPUT = 4;

    private QuantizedProducts() {}

    /**
     * A product.
     *
     * @param x numbers of -127 to 127, [rows, in], or the columns of such side by side
     * @param matrix signed bytes, [in, out]
     * @param low what -127 stands for, [out]
     * @param high what 127 stands for, [out]
     * @param zeros [out]
     * @return [rows, out]
     */
    static Operand<TFloat32> standIn(
            Ops tf,
            List<Operand<TFloat32>> x,
            Operand<TUint8> matrix,
            Operand<TFloat32> low,
            Operand<TFloat32> high,
            Operand<TFloat32> zeros) {
        List<Operand<?>> inputs = new ArrayList<>(List.of(matrix, low, high, zeros));
        inputs.addAll(x);
        DataType[] types = new DataType[inputs.size()];
        Arrays.fill(types, DataType.DT_FLOAT);
        types[0] = DataType.DT_UINT8;
        Operation operation = tf.scope()
                .opBuilder(STAND_IN, tf.scope().makeOpName("QuantizedProduct"))
                .addInputList(inputs.stream().map(Operand::asOutput).toArray(Output<?>[]::new))
                .setAttr("token", TOKEN)
                .setAttr("Tin", types)
                .setAttr("Tout", new DataType[] {DataType.DT_FLOAT})
                .build();
        return operation.output(0);
    }

    /** The same graph with real products, by matrices of signed bytes. */
    static GraphDef expand(GraphDef graph) {
        GraphDef.Builder expanded = graph.toBuilder().clearNode();
        Set<String> signed = signed(graph);
        Map<List<String>, String> rows = new HashMap<>();
        for (NodeDef node : graph.getNodeList()) {
            if (node.getOp().equals(STAND_IN)) {
                if (rows.isEmpty()) {
                    expanded.addNode(ConstantNodes.of(LOW, -1f)).addNode(ConstantNodes.of(HIGH, 1f));
                }
                List<String> x = node.getInputList().subList(ROWS_INPUT, node.getInputCount());
                if (!rows.containsKey(x)) {
                    rows.put(x, node.getName() + "/rows");
                    expanded.addAllNode(rows(rows.get(x), x));
                }
                expanded.addNode(product(node, rows.get(x)));
            } else if (signed.contains(node.getName())
                    || (node.getInputCount() > 0 && signed.contains(node.getInput(0)))) {
                expanded.addAllNode(signed(node));
            } else {
                expanded.addNode(node);
            }
        }
        return expanded.build();
    }

    /** Handles of the variables that are multiplied with. */
    private static Set<String> signed(GraphDef graph) {
        Set<String> read = new HashSet<>();
        graph.getNodeList().stream()
                .filter(node -> node.getOp().equals(STAND_IN))
                .forEach(node -> read.add(node.getInput(0)));
        Set<String> handles = new HashSet<>();
        graph.getNodeList().stream()
                .filter(node -> read.contains(node.getName()))
                .forEach(node -> handles.add(node.getInput(0)));
        return handles;
    }

    /** A variable's handle, or what reads or assigns it: it holds signed bytes, and is fed with what Java has. */
    private static List<NodeDef> signed(NodeDef node) {
        NodeDef.Builder signed = node.toBuilder().putAttr("dtype", type(DataType.DT_QINT8));
        if (!node.getOp().equals("AssignVariableOp")) {
            return List.of(signed.build());
        }
        NodeDef bytes = node(node.getName() + "/signed", "Bitcast", List.of(node.getInput(1)))
                .putAllAttr(Map.of("T", type(DataType.DT_UINT8), "type", type(DataType.DT_QINT8)))
                .build();
        return List.of(bytes, signed.setInput(1, bytes.getName()).build());
    }

    /** Rounds rows to bytes; columns that came one by one are put together then, when they are smallest. */
    private static List<NodeDef> rows(String name, List<String> x) {
        if (x.size() == 1) {
            return rounded(name, x.get(0));
        }
        List<NodeDef> nodes = new ArrayList<>();
        List<String> inputs = new ArrayList<>();
        for (int i = 0; i < x.size(); i++) {
            inputs.add(name + "/" + i);
            nodes.addAll(rounded(name + "/" + i, x.get(i)));
        }
        inputs.add(name + "/axis");
        nodes.add(ConstantNodes.of(name + "/axis", 1));
        nodes.add(node(name, "ConcatV2", inputs)
                .putAllAttr(Map.of(
                        "N", number(x.size()),
                        "T", type(DataType.DT_QINT8),
                        "Tidx", type(DataType.DT_INT32)))
                .build());
        return nodes;
    }

    /** Half to even: half up would shift every sum a little. QuantizeV2 does the same, and takes longer for few numbers. */
    private static List<NodeDef> rounded(String name, String steps) {
        String whole = name + "/whole";
        String signed = name + "/signed";
        return List.of(
                node(whole, "Round", List.of(steps))
                        .putAttr("T", type(DataType.DT_FLOAT))
                        .build(),
                node(signed, "Cast", List.of(whole))
                        .putAllAttr(Map.of("SrcT", type(DataType.DT_FLOAT), "DstT", type(DataType.DT_INT8)))
                        .build(),
                node(name, "Bitcast", List.of(signed))
                        .putAllAttr(Map.of("T", type(DataType.DT_INT8), "type", type(DataType.DT_QINT8)))
                        .build());
    }

    private static NodeDef product(NodeDef standIn, String rows) {
        String name = standIn.getName();
        List<String> inputs = List.of(
                rows, standIn.getInput(0), standIn.getInput(3), LOW, HIGH, standIn.getInput(1), standIn.getInput(2));
        return node(name, "_QuantizedMatMul", inputs)
                .putAllAttr(productTypes())
                .putAllAttr(Map.of(
                        "fused_ops", texts("BiasAdd", "Dequantize"),
                        "input_quant_mode", text("SCALED"),
                        "output_quant_mode", text("SCALED"),
                        // Lets oneDNN keep the matrix in the order it wants, instead of bringing it there at every
                        // step.
                        "is_weight_const", flag(true),
                        "is_bias_const", flag(true)))
                .build();
    }

    private static Map<String, AttrValue> productTypes() {
        DataType[] inputs = new DataType[7];
        Arrays.fill(inputs, DataType.DT_FLOAT);
        inputs[0] = DataType.DT_QINT8;
        inputs[1] = DataType.DT_QINT8;
        return Map.of(
                "T1", type(DataType.DT_QINT8),
                "T2", type(DataType.DT_QINT8),
                "Tbias", type(DataType.DT_FLOAT),
                "U", type(DataType.DT_FLOAT),
                "Tout", type(DataType.DT_FLOAT),
                "Tdevice_inputs", types(),
                "Tdevice_outputs", types(),
                "Thost_inputs", types(inputs),
                "Thost_outputs", types(DataType.DT_FLOAT));
    }

    private static AttrValue number(long number) {
        return AttrValue.newBuilder().setI(number).build();
    }

    private static NodeDef.Builder node(String name, String op, List<String> inputs) {
        return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(inputs);
    }

    private static AttrValue type(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }

    private static AttrValue text(String text) {
        return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(text)).build();
    }

    private static AttrValue flag(boolean flag) {
        return AttrValue.newBuilder().setB(flag).build();
    }

    private static AttrValue types(DataType... types) {
        return AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addAllType(List.of(types)))
                .build();
    }

    private static AttrValue texts(String... texts) {
        AttrValue.ListValue.Builder list = AttrValue.ListValue.newBuilder();
        for (String text : texts) {
            list.addS(ByteString.copyFromUtf8(text));
        }
        return AttrValue.newBuilder().setList(list).build();
    }
}
