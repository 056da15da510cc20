package io.gondola.worker.engine.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import io.gondola.worker.engine.UnfitInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tensors into ONNX Runtime's memory and out of it. */
final class OnnxTensors {

    private OnnxTensors() {}

    static TensorSpec specOf(String name, TensorInfo info) {
        long[] shape = Arrays.stream(info.getShape())
                .map(size -> size < 0 ? TensorSpec.ANY : size)
                .toArray();
        return new TensorSpec(name, datatypeOf(name, info), shape);
    }

    private static Datatype datatypeOf(String name, TensorInfo info) {
        return switch (info.onnxType) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> Datatype.BOOL;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> Datatype.UINT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> Datatype.UINT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> Datatype.UINT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> Datatype.UINT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> Datatype.INT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> Datatype.INT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> Datatype.INT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> Datatype.INT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> Datatype.FP16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> Datatype.BF16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> Datatype.FP32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> Datatype.FP64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING -> Datatype.BYTES;
            default ->
                throw new IllegalArgumentException(
                        "'" + name + "' is of type " + info.onnxType + ", which no client could send");
        };
    }

    /** For unsigned integers of more than a byte, which Java's side has none for, the signed ones that {@link UnsignedCasts} takes. */
    private static OnnxJavaType javaTypeOf(Datatype datatype) {
        return switch (datatype) {
            case BOOL -> OnnxJavaType.BOOL;
            case UINT8 -> OnnxJavaType.UINT8;
            case INT8 -> OnnxJavaType.INT8;
            case INT16, UINT16 -> OnnxJavaType.INT16;
            case INT32, UINT32 -> OnnxJavaType.INT32;
            case INT64, UINT64 -> OnnxJavaType.INT64;
            case FP16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            case FP32 -> OnnxJavaType.FLOAT;
            case FP64 -> OnnxJavaType.DOUBLE;
            case BYTES -> OnnxJavaType.STRING;
        };
    }

    static void requireInputs(Signature signature) {
        if (signature.inputs().isEmpty()) {
            throw new IllegalArgumentException("it has no input");
        }
    }

    static OnnxTensor toOnnx(OrtEnvironment environment, UnsignedCasts casts, JoinedInput input)
            throws OrtException, EngineException {
        OnnxJavaType type = javaTypeOf(input.datatype());
        if (type == OnnxJavaType.STRING) {
            return OnnxTensor.createTensor(environment, texts(input), input.shape());
        }
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(Math.toIntExact(input.bytes())).order(ByteOrder.nativeOrder());
        input.parts().forEach(buffer::put);
        return casts.to(input.datatype(), OnnxTensor.createTensor(environment, buffer.flip(), input.shape(), type));
    }

    private static String[] texts(JoinedInput input) throws EngineException {
        byte[][] strings = input.strings();
        String[] texts = new String[strings.length];
        for (int i = 0; i < strings.length; i++) {
            try {
                texts[i] = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(strings[i]))
                        .toString();
            } catch (CharacterCodingException notText) {
                throw new UnfitInputException(
                        "input '" + input.name()
                                + "' has an element that is no UTF-8 text, which ONNX Runtime takes alone",
                        notText);
            }
        }
        return texts;
    }

    static Tensor fromOnnx(String name, OnnxValue value) throws OrtException, EngineException {
        if (!(value instanceof OnnxTensor tensor)) {
            throw new EngineException("The model's output '" + name + "' is no tensor.");
        }
        TensorInfo info = tensor.getInfo();
        if (info.type == OnnxJavaType.STRING) {
            List<byte[]> strings = new ArrayList<>();
            collectStrings(tensor.getValue(), strings);
            return Tensor.ofStrings(name, info.getShape(), strings.toArray(byte[][]::new));
        }
        ByteBuffer buffer = tensor.getByteBuffer();
        byte[] data = new byte[buffer.remaining()];
        buffer.get(data);
        return new Tensor(name, datatypeOf(name, info), info.getShape(), data);
    }

    private static void collectStrings(Object value, List<byte[]> target) {
        if (value instanceof String text) {
            target.add(text.getBytes(StandardCharsets.UTF_8));
        } else if (value instanceof Object[] array) {
            for (Object element : array) {
                collectStrings(element, target);
            }
        }
    }
}
