package io.gondola.worker.engine.tensorflow.savedmodel;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import io.gondola.worker.engine.JoinedInput;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.RawTensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Tensors into TensorFlow's memory and out of it, one copy each way. */
final class TensorCopies {

    private TensorCopies() {}

    /** The types that TensorFlow Java has. */
    static Datatype datatypeOf(String name, DataType type) {
        return switch (type) {
            case DT_BOOL -> Datatype.BOOL;
            case DT_UINT8 -> Datatype.UINT8;
            case DT_UINT16 -> Datatype.UINT16;
            case DT_INT32 -> Datatype.INT32;
            case DT_INT64 -> Datatype.INT64;
            case DT_HALF -> Datatype.FP16;
            case DT_BFLOAT16 -> Datatype.BF16;
            case DT_FLOAT -> Datatype.FP32;
            case DT_DOUBLE -> Datatype.FP64;
            case DT_STRING -> Datatype.BYTES;
            default ->
                throw new IllegalArgumentException(
                        "'" + name + "' is of type " + type + ", which TensorFlow Java does not have");
        };
    }

    private static Class<? extends TType> classOf(Datatype datatype) {
        return switch (datatype) {
            case BOOL -> TBool.class;
            case UINT8 -> TUint8.class;
            case UINT16 -> TUint16.class;
            case INT32 -> TInt32.class;
            case INT64 -> TInt64.class;
            case FP16 -> TFloat16.class;
            case BF16 -> TBfloat16.class;
            case FP32 -> TFloat32.class;
            case FP64 -> TFloat64.class;
            default -> throw new IllegalArgumentException("TensorFlow Java has no " + datatype);
        };
    }

    static org.tensorflow.Tensor toTensorFlow(JoinedInput input) {
        Shape shape = Shape.of(input.shape());
        if (input.datatype() == Datatype.BYTES) {
            return TString.tensorOfBytes(shape, DataBuffers.ofObjects(input.strings()));
        }
        TType tensor = org.tensorflow.Tensor.of(classOf(input.datatype()), shape);
        ByteDataBuffer target = tensor.asRawTensor().data();
        long at = 0;
        for (byte[] part : input.parts()) {
            if (part.length > 0) {
                target.offset(at).write(part);
                at += part.length;
            }
        }
        return tensor;
    }

    static Tensor fromTensorFlow(String name, org.tensorflow.Tensor tensor) {
        long[] shape = tensor.shape().asArray();
        if (tensor instanceof TString strings) {
            List<byte[]> elements = new ArrayList<>();
            strings.asBytes().scalars().forEach(scalar -> elements.add(scalar.getObject()));
            return Tensor.ofStrings(name, shape, elements.toArray(byte[][]::new));
        }
        RawTensor raw = tensor.asRawTensor();
        byte[] data = new byte[Math.toIntExact(raw.numBytes())];
        if (data.length > 0) {
            raw.data().read(data);
        }
        return new Tensor(name, datatypeOf(name, raw.dataType()), shape, data);
    }
}
