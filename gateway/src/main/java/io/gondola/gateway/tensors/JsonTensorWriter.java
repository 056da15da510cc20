package io.gondola.gateway.tensors;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.inference.Tensor;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Writes a tensor as lists. What JSON cannot hold is an error that says so, never a null or a word. */
public final class JsonTensorWriter {

    private final JsonGenerator json;
    private final Tensor tensor;
    private final ByteBuffer data;

    private JsonTensorWriter(JsonGenerator json, Tensor tensor) {
        this.json = json;
        this.tensor = tensor;
        this.data = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Lists nested as the shape is; a scalar is its value. */
    public static void nested(JsonGenerator json, Tensor tensor) throws IOException {
        new JsonTensorWriter(json, tensor).writeNested(0);
    }

    /** One list of all elements. */
    public static void flat(JsonGenerator json, Tensor tensor) throws IOException {
        JsonTensorWriter writer = new JsonTensorWriter(json, tensor);
        json.writeStartArray();
        for (int i = tensor.elements(); i > 0; i--) {
            writer.writeElement();
        }
        json.writeEndArray();
    }

    private void writeNested(int depth) throws IOException {
        if (depth == tensor.shape().length) {
            writeElement();
            return;
        }
        json.writeStartArray();
        for (long i = tensor.shape()[depth]; i > 0; i--) {
            writeNested(depth + 1);
        }
        json.writeEndArray();
    }

    private void writeElement() throws IOException {
        switch (tensor.datatype()) {
            case BOOL -> json.writeBoolean(data.get() != 0);
            case UINT8 -> json.writeNumber(data.get() & 0xFF);
            case UINT16 -> json.writeNumber(data.getShort() & 0xFFFF);
            case UINT32 -> json.writeNumber(data.getInt() & 0xFFFF_FFFFL);
            case UINT64 -> json.writeNumber(new BigInteger(Long.toUnsignedString(data.getLong())));
            case INT8 -> json.writeNumber(data.get());
            case INT16 -> json.writeNumber(data.getShort());
            case INT32 -> json.writeNumber(data.getInt());
            case INT64 -> json.writeNumber(data.getLong());
            case FP32 -> json.writeNumber(requireFinite(data.getFloat()));
            case FP64 -> json.writeNumber(requireFinite(data.getDouble()));
            case BYTES -> json.writeString(text());
            case FP16, BF16 -> throw cannotHold("is of type " + tensor.datatype() + ", which has no form in JSON");
        }
    }

    private float requireFinite(float value) {
        if (!Float.isFinite(value)) {
            throw cannotHold("has the value " + value + ", which JSON cannot hold");
        }
        return value;
    }

    private double requireFinite(double value) {
        if (!Double.isFinite(value)) {
            throw cannotHold("has the value " + value + ", which JSON cannot hold");
        }
        return value;
    }

    private String text() {
        byte[] bytes = new byte[data.getInt()];
        data.get(bytes);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw cannotHold("has an element that is no UTF-8 text");
        }
    }

    private ApiException cannotHold(String what) {
        return new ApiException(
                400,
                "invalid_request_error",
                "not_representable",
                tensor.name(),
                "Output '" + tensor.name() + "' " + what + ": ask for it as binary data at /v2.");
    }
}
