package io.gondola.worker.engine.onnx;

import ai.onnx.proto.OnnxMl;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.TensorSpec;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives a model the unsigned integers it takes. ONNX Runtime's Java API (1.29) makes none of more than a byte, but hands on what
 * a session gave: so a model of a single {@code Cast} makes them from signed ones of the same bits.
 */
final class UnsignedCasts implements AutoCloseable {

    private static final String SIGNED = "signed";
    private static final String UNSIGNED = "unsigned";
    private static final int IR_VERSION = 8;
    private static final int OPSET = 13;

    private final Map<Datatype, OrtSession> sessions = new EnumMap<>(Datatype.class);

    /** What this signature's inputs need; nothing for most. */
    static UnsignedCasts forInputs(OrtEnvironment environment, Signature signature) throws OrtException {
        UnsignedCasts casts = new UnsignedCasts();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            for (TensorSpec input : signature.inputs()) {
                byte[] model = tryModel(input.datatype());
                if (model != null && !casts.sessions.containsKey(input.datatype())) {
                    casts.sessions.put(input.datatype(), environment.createSession(model, options));
                }
            }
        }
        return casts;
    }

    /** A tensor of this datatype with the bits of the one given, which is closed if it is another one. */
    OnnxTensor to(Datatype datatype, OnnxTensor tensor) throws OrtException {
        OrtSession session = sessions.get(datatype);
        if (session == null) {
            return tensor;
        }
        try (tensor) {
            // Not closed: the result owns the tensor alone, which goes on to the model.
            return (OnnxTensor) session.run(Map.of(SIGNED, tensor)).get(0);
        }
    }

    @Override
    public void close() throws OrtException {
        for (OrtSession session : sessions.values()) {
            session.close();
        }
    }

    private static byte @Nullable [] tryModel(Datatype datatype) {
        return switch (datatype) {
            case UINT16 -> model(OnnxMl.TensorProto.DataType.INT16, OnnxMl.TensorProto.DataType.UINT16);
            case UINT32 -> model(OnnxMl.TensorProto.DataType.INT32, OnnxMl.TensorProto.DataType.UINT32);
            case UINT64 -> model(OnnxMl.TensorProto.DataType.INT64, OnnxMl.TensorProto.DataType.UINT64);
            default -> null;
        };
    }

    private static byte[] model(OnnxMl.TensorProto.DataType from, OnnxMl.TensorProto.DataType to) {
        return OnnxMl.ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(OnnxMl.GraphProto.newBuilder()
                        .setName("cast")
                        .addInput(value(SIGNED, from))
                        .addOutput(value(UNSIGNED, to))
                        .addNode(OnnxMl.NodeProto.newBuilder()
                                .setOpType("Cast")
                                .addInput(SIGNED)
                                .addOutput(UNSIGNED)
                                .addAttribute(OnnxMl.AttributeProto.newBuilder()
                                        .setName("to")
                                        .setType(OnnxMl.AttributeProto.AttributeType.INT)
                                        .setI(to.getNumber()))))
                .build()
                .toByteArray();
    }

    /** Without a shape: of any rank. */
    private static OnnxMl.ValueInfoProto value(String name, OnnxMl.TensorProto.DataType type) {
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder().setElemType(type.getNumber())))
                .build();
    }
}
