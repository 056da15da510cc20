package io.gondola.worker.engine.onnx;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import io.gondola.protocol.inference.Datatype;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small {@code .onnx} models, written as the format's own messages. */
public final class OnnxFiles {

    private static final int FLOAT = OnnxMl.TensorProto.DataType.FLOAT.getNumber();
    private static final int INT64 = OnnxMl.TensorProto.DataType.INT64.getNumber();
    private static final int STRING = OnnxMl.TensorProto.DataType.STRING.getNumber();
    private static final int INT8 = OnnxMl.TensorProto.DataType.INT8.getNumber();
    private static final int OPSET = 20;

    private OnnxFiles() {}

    /** {@code probabilities = softmax(x[?, 2] W + b)} over three classes. */
    public static void writeClassifier(Path file) throws IOException {
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("classifier")
                .addInput(value("x", FLOAT, "batch", 2))
                .addOutput(value("probabilities", FLOAT, "batch", 3))
                .addInitializer(floats("w", new long[] {2, 3}, 1, 0, -1, 0, 1, 1))
                .addInitializer(floats("b", new long[] {3}, 0, 0.5f, 0))
                .addNode(node("MatMul", "xw", "x", "w"))
                .addNode(node("Add", "logits", "xw", "b"))
                .addNode(node("Softmax", "probabilities", "logits"));
        write(file, graph);
    }

    /** {@code sum[?] = sum over the second, dynamic dimension of x[?, ?]}, and {@code twice[?, ?] = x + x}. */
    public static void writeRowSums(Path file) throws IOException {
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("sums")
                .addInput(value("x", FLOAT, "batch", "length"))
                .addOutput(value("sum", FLOAT, "batch"))
                .addOutput(value("twice", FLOAT, "batch", "length"))
                .addInitializer(longs("axes", 1))
                .addNode(node("ReduceSum", "sum", "x", "axes").toBuilder()
                        .addAttribute(OnnxMl.AttributeProto.newBuilder()
                                .setName("keepdims")
                                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                                .setI(0))
                        .build())
                .addNode(node("Add", "twice", "x", "x"));
        write(file, graph);
    }

    /** {@code y[?] = scale[?] * table[id[?]]}: two inputs of different types, and a failure where an id is no row. */
    public static void writeLookup(Path file) throws IOException {
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("lookup")
                .addInput(value("id", INT64, "batch"))
                .addInput(value("scale", FLOAT, "batch"))
                .addOutput(value("y", FLOAT, "batch"))
                .addInitializer(floats("table", new long[] {4}, 10, 20, 30, 40))
                .addNode(node("Gather", "found", "table", "id"))
                .addNode(node("Mul", "y", "found", "scale"));
        write(file, graph);
    }

    /** {@code found[?] = the different elements of x[?]}: as many as there are, whatever the batch. */
    public static void writeDistinct(Path file) throws IOException {
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("distinct")
                .addInput(value("x", FLOAT, "batch"))
                .addOutput(value("found", FLOAT, "count"))
                .addNode(node("Unique", "found", "x"));
        write(file, graph);
    }

    /** {@code greeting[?] = "hello, " + name[?]}. */
    public static void writeGreeting(Path file) throws IOException {
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("greeting")
                .addInput(value("name", STRING, "batch"))
                .addOutput(value("greeting", STRING, "batch"))
                .addInitializer(OnnxMl.TensorProto.newBuilder()
                        .setName("hello")
                        .setDataType(STRING)
                        .addDims(1)
                        .addStringData(ByteString.copyFromUtf8("hello, ")))
                .addNode(node("StringConcat", "greeting", "hello", "name"));
        write(file, graph);
    }

    /** {@code y[?, 2] = x[?, 2] W} with W in bytes and x quantised as it comes. */
    public static void writeQuantized(Path file) throws IOException {
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("quantized")
                .addInput(value("x", FLOAT, "batch", 2))
                .addOutput(value("y", FLOAT, "batch", 2))
                .addInitializer(OnnxMl.TensorProto.newBuilder()
                        .setName("w")
                        .setDataType(INT8)
                        .addDims(2)
                        .addDims(2)
                        .setRawData(ByteString.copyFrom(new byte[] {100, -50, 25, 127})))
                .addInitializer(floats("w_scale", new long[0], 0.01f))
                .addNode(OnnxMl.NodeProto.newBuilder()
                        .setOpType("DynamicQuantizeLinear")
                        .addInput("x")
                        .addOutput("xq")
                        .addOutput("x_scale")
                        .addOutput("x_zero"))
                .addNode(node("MatMulInteger", "product", "xq", "w", "x_zero"))
                .addNode(node("Cast", "product_f", "product").toBuilder()
                        .addAttribute(OnnxMl.AttributeProto.newBuilder()
                                .setName("to")
                                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                                .setI(FLOAT))
                        .build())
                .addNode(node("Mul", "scale", "x_scale", "w_scale"))
                .addNode(node("Mul", "y", "product_f", "scale"));
        write(file, graph);
    }

    /** {@code y[?, 2] = x[?, 2]}, of any datatype. */
    public static void writeIdentity(Path file, Datatype datatype) throws IOException {
        int type = OnnxMl.TensorProto.DataType.valueOf(
                        switch (datatype) {
                            case FP16 -> "FLOAT16";
                            case BF16 -> "BFLOAT16";
                            case FP32 -> "FLOAT";
                            case FP64 -> "DOUBLE";
                            case BYTES -> "STRING";
                            default -> datatype.name();
                        })
                .getNumber();
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("identity")
                .addInput(value("x", type, "batch", 2))
                .addOutput(value("y", type, "batch", 2))
                .addNode(node("Identity", "y", "x"));
        write(file, graph);
    }

    private static void write(Path file, OnnxMl.GraphProto.Builder graph) throws IOException {
        Files.createDirectories(file.getParent());
        OnnxMl.ModelProto model = OnnxMl.ModelProto.newBuilder()
                .setIrVersion(9)
                .addOpsetImport(
                        OnnxMl.OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph)
                .build();
        Files.write(file, model.toByteArray());
    }

    private static OnnxMl.NodeProto node(String type, String output, String... inputs) {
        OnnxMl.NodeProto.Builder node =
                OnnxMl.NodeProto.newBuilder().setOpType(type).addOutput(output);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node.build();
    }

    /** @param dimensions a name for one of any size, a number for a fixed one */
    private static OnnxMl.ValueInfoProto value(String name, int type, Object... dimensions) {
        OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder();
        for (Object dimension : dimensions) {
            OnnxMl.TensorShapeProto.Dimension.Builder dim = OnnxMl.TensorShapeProto.Dimension.newBuilder();
            shape.addDim(
                    dimension instanceof Integer size ? dim.setDimValue(size) : dim.setDimParam(dimension.toString()));
        }
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(type)
                                .setShape(shape)))
                .build();
    }

    private static OnnxMl.TensorProto floats(String name, long[] shape, float... values) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        OnnxMl.TensorProto.Builder tensor = OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(FLOAT)
                .setRawData(ByteString.copyFrom(data.array()));
        for (long size : shape) {
            tensor.addDims(size);
        }
        return tensor.build();
    }

    private static OnnxMl.TensorProto longs(String name, long... values) {
        OnnxMl.TensorProto.Builder tensor =
                OnnxMl.TensorProto.newBuilder().setName(name).setDataType(INT64).addDims(values.length);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        return tensor.build();
    }
}
