package io.gondola.gateway.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import inference.OpenInferenceGrpc.InferTensorContents;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.tensors.KserveInput;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Tensors as lists of numbers: {@code InferTensorContents}, which has one list for several types. */
final class TypedContents {

    private TypedContents() {}

    /** A 400 where they are not as many as the shape says, too large for the type, or in another type's list. */
    static Tensor read(KserveInput input, InferTensorContents contents) {
        String param = input.param() + ".contents";
        int count = countOf(contents, input.datatype(), param);
        if (count != countOfAll(contents)) {
            throw ApiException.invalid(
                    param,
                    "input '" + input.name() + "' of type " + input.datatype() + " has contents of another type");
        }
        input.requireElements(count, param);
        if (input.datatype() == Datatype.BYTES) {
            byte[][] strings = contents.getBytesContentsList().stream()
                    .map(ByteString::toByteArray)
                    .toArray(byte[][]::new);
            return Tensor.ofStrings(input.name(), input.shape(), strings);
        }
        ByteBuffer data = ByteBuffer.allocate(count * input.datatype().bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            put(data, input.datatype(), contents, i, param);
        }
        return input.ofBinary(data.array(), param);
    }

    private static int countOfAll(InferTensorContents contents) {
        return contents.getBoolContentsCount()
                + contents.getIntContentsCount()
                + contents.getInt64ContentsCount()
                + contents.getUintContentsCount()
                + contents.getUint64ContentsCount()
                + contents.getFp32ContentsCount()
                + contents.getFp64ContentsCount()
                + contents.getBytesContentsCount();
    }

    private static int countOf(InferTensorContents contents, Datatype datatype, String param) {
        return switch (datatype) {
            case BOOL -> contents.getBoolContentsCount();
            case INT8, INT16, INT32 -> contents.getIntContentsCount();
            case INT64 -> contents.getInt64ContentsCount();
            case UINT8, UINT16, UINT32 -> contents.getUintContentsCount();
            case UINT64 -> contents.getUint64ContentsCount();
            case FP32 -> contents.getFp32ContentsCount();
            case FP64 -> contents.getFp64ContentsCount();
            case BYTES -> contents.getBytesContentsCount();
            case FP16, BF16 ->
                throw ApiException.invalid(
                        param, "Elements of " + datatype + " have no contents: send them as raw_input_contents.");
        };
    }

    private static void put(ByteBuffer data, Datatype datatype, InferTensorContents contents, int i, String param) {
        switch (datatype) {
            case BOOL -> data.put((byte) (contents.getBoolContents(i) ? 1 : 0));
            case INT8, INT16, INT32 -> putWhole(data, datatype, contents.getIntContents(i), param, i);
            case UINT8, UINT16, UINT32 ->
                putWhole(data, datatype, contents.getUintContents(i) & 0xFFFF_FFFFL, param, i);
            case INT64 -> data.putLong(contents.getInt64Contents(i));
            case UINT64 -> data.putLong(contents.getUint64Contents(i));
            case FP32 -> data.putFloat(contents.getFp32Contents(i));
            case FP64 -> data.putDouble(contents.getFp64Contents(i));
            default -> throw new IllegalStateException("no contents of " + datatype);
        }
    }

    private static void putWhole(ByteBuffer data, Datatype datatype, long value, String param, int i) {
        if (!datatype.holds(value)) {
            throw ApiException.invalid(
                    param, "Overflow at " + param + "[" + i + "]: " + datatype + " cannot hold " + value + ".");
        }
        switch (datatype.bytes()) {
            case 1 -> data.put((byte) value);
            case 2 -> data.putShort((short) value);
            default -> data.putInt((int) value);
        }
    }

    /** A 400 for types that have no list. */
    static InferTensorContents write(Tensor tensor) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        if (tensor.datatype() == Datatype.BYTES) {
            for (byte[] string : tensor.strings()) {
                contents.addBytesContents(UnsafeByteOperations.unsafeWrap(string));
            }
            return contents.build();
        }
        ByteBuffer data = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = tensor.elements(); i > 0; i--) {
            add(contents, tensor, data);
        }
        return contents.build();
    }

    private static void add(InferTensorContents.Builder contents, Tensor tensor, ByteBuffer data) {
        switch (tensor.datatype()) {
            case BOOL -> contents.addBoolContents(data.get() != 0);
            case INT8 -> contents.addIntContents(data.get());
            case INT16 -> contents.addIntContents(data.getShort());
            case INT32 -> contents.addIntContents(data.getInt());
            case INT64 -> contents.addInt64Contents(data.getLong());
            case UINT8 -> contents.addUintContents(data.get() & 0xFF);
            case UINT16 -> contents.addUintContents(data.getShort() & 0xFFFF);
            case UINT32 -> contents.addUintContents(data.getInt());
            case UINT64 -> contents.addUint64Contents(data.getLong());
            case FP32 -> contents.addFp32Contents(data.getFloat());
            case FP64 -> contents.addFp64Contents(data.getDouble());
            default ->
                throw new ApiException(
                        400,
                        "invalid_request_error",
                        "not_representable",
                        tensor.name(),
                        "Output '" + tensor.name() + "' is of type " + tensor.datatype()
                                + ", which has no contents: ask for it as raw_output_contents.");
        }
    }
}
