package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.Device;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.Operand;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/**
 * LayerNorm by oneDNN, in one operation instead of ten that each go over all numbers. TensorFlow puts it in itself only where
 * the norm is spelt as Keras does, with Rsqrt.
 */
final class FusedNorms {

    private static final String OP = "_MklLayerNorm";
    private static final String TOKEN = "gondola.layer_norm ";

    private FusedNorms() {}

    /** Whether TensorFlow has it here: on processors for which it was built with oneDNN. */
    static boolean isThere(Device device) {
        if (device.kind() != Device.Kind.CPU) {
            return false;
        }
        try (PointerScope scope = new PointerScope();
                TF_Status status = TF_Status.newStatus()) {
            TF_Buffer kernels = tensorflow.TF_GetRegisteredKernelsForOp(OP, status);
            boolean found = kernels != null && kernels.length() > 0;
            tensorflow.TF_DeleteBuffer(kernels);
            return found;
        }
    }

    /** The norm of each row of {@code x}, [rows, width]. */
    static Operand<TFloat32> standIn(
            Ops tf, Operand<TFloat32> x, Operand<TFloat32> weight, Operand<TFloat32> bias, float epsilon) {
        DataType[] types = {DataType.DT_FLOAT, DataType.DT_FLOAT, DataType.DT_FLOAT};
        return StandIns.of(tf, "LayerNorm", TOKEN + epsilon, types, x, weight, bias);
    }

    /** What a stand-in stands for. */
    static NodeDef node(NodeDef standIn, String token) {
        if (!token.startsWith(TOKEN)) {
            throw new IllegalArgumentException("a stand-in for something unknown: " + token);
        }
        float epsilon = Float.parseFloat(token.substring(TOKEN.length()));
        return NodeDef.newBuilder()
                .setName(standIn.getName())
                .setOp(OP)
                .addAllInput(standIn.getInputList())
                .putAttr("T", AttrValue.newBuilder().setType(DataType.DT_FLOAT).build())
                .putAttr("epsilon", AttrValue.newBuilder().setF(epsilon).build())
                .build();
    }
}
