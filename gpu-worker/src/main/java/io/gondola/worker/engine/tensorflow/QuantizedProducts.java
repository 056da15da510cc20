package io.gondola.worker.engine.tensorflow;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
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

    private QuantizedProducts() {}

    /**
     * A product.
     *
     * @param x numbers of -1 to 1, [rows, in]
     * @param matrix signed bytes, [in, out]
     * @param low what -127 stands for, [out]
     * @param high what 127 stands for, [out]
     * @param zeros [out]
     * @return [rows, out]
     */
    static Operand<TFloat32> standIn(
            Ops tf,
            Operand<TFloat32> x,
            Operand<TUint8> matrix,
            Operand<TFloat32> low,
            Operand<TFloat32> high,
            Operand<TFloat32> zeros) {
        Operation operation = tf.scope()
                .opBuilder(STAND_IN, tf.scope().makeOpName("QuantizedProduct"))
                .addInputList(new org.tensorflow.Output<?>[] {
                    x.asOutput(), matrix.asOutput(), low.asOutput(), high.asOutput(), zeros.asOutput()
                })
                .setAttr("token", TOKEN)
                .setAttr("Tin", new DataType[] {
                    DataType.DT_FLOAT, DataType.DT_UINT8, DataType.DT_FLOAT, DataType.DT_FLOAT, DataType.DT_FLOAT
                })
                .setAttr("Tout", new DataType[] {DataType.DT_FLOAT})
                .build();
        return operation.output(0);
    }

    /** The same graph with real products. */
    static GraphDef expand(GraphDef graph) {
        GraphDef.Builder expanded = graph.toBuilder().clearNode();
        for (NodeDef node : graph.getNodeList()) {
            if (node.getOp().equals(STAND_IN)) {
                expanded.addAllNode(product(node));
            } else {
                expanded.addNode(node);
            }
        }
        return expanded.build();
    }

    private static List<NodeDef> product(NodeDef standIn) {
        String name = standIn.getName();
        String low = name + "/low";
        String high = name + "/high";
        NodeDef rows = node(name + "/rows", "QuantizeV2", List.of(standIn.getInput(0), low, high))
                .putAllAttr(Map.of(
                        "T", type(DataType.DT_QINT8),
                        "mode", text("SCALED"),
                        // Half up would shift every sum a little.
                        "round_mode", text("HALF_TO_EVEN")))
                .build();
        NodeDef matrix = node(name + "/matrix", "Bitcast", List.of(standIn.getInput(1)))
                .putAllAttr(Map.of("T", type(DataType.DT_UINT8), "type", type(DataType.DT_QINT8)))
                .build();
        List<String> inputs = List.of(
                rows.getName(),
                matrix.getName(),
                standIn.getInput(4),
                low,
                high,
                standIn.getInput(2),
                standIn.getInput(3));
        NodeDef product = node(name, "_QuantizedMatMul", inputs)
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
        return List.of(constant(low, -1), constant(high, 1), rows, matrix, product);
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

    private static NodeDef constant(String name, float value) {
        TensorProto tensor = TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(TensorShapeProto.getDefaultInstance())
                .addFloatVal(value)
                .build();
        return node(name, "Const", List.of())
                .putAllAttr(Map.of(
                        "dtype", type(DataType.DT_FLOAT),
                        "value", AttrValue.newBuilder().setTensor(tensor).build()))
                .build();
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
