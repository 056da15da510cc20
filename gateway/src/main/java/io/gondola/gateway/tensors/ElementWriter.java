package io.gondola.gateway.tensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.inference.Datatype;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** JSON values as the elements of one type, little-endian. A value that the type cannot hold is refused, never bent. */
final class ElementWriter {

    private static final BigInteger UINT64_MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private final Datatype datatype;
    private final ByteArrayOutputStream bytes;
    private int count;

    ElementWriter(Datatype datatype, ByteArrayOutputStream bytes) {
        this.datatype = datatype;
        this.bytes = bytes;
    }

    int count() {
        return count;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    void write(JsonNode value, String path) {
        count++;
        switch (datatype) {
            case BOOL -> put(bool(value, path) ? 1 : 0, 1);
            case UINT8, UINT16, UINT32, INT8, INT16, INT32, INT64 -> put(integer(value, path), datatype.bytes());
            case UINT64 -> put(unsignedLong(value, path), 8);
            case FP32 -> put(Float.floatToRawIntBits(single(value, path)), 4);
            case FP64 -> put(Double.doubleToRawLongBits(number(value, path)), 8);
            case BYTES -> putText(value, path);
            case FP16, BF16 ->
                throw ApiException.invalid(
                        path, "Elements of " + datatype + " cannot be written in JSON: send them as binary data.");
        }
    }

    private void put(long bits, int size) {
        for (int i = 0; i < size; i++) {
            bytes.write((int) (bits >>> (8 * i)));
        }
    }

    private void putText(JsonNode value, String path) {
        if (!value.isTextual()) {
            throw wrongType(value, path, "a string");
        }
        byte[] text = value.textValue().getBytes(StandardCharsets.UTF_8);
        put(text.length, 4);
        bytes.writeBytes(text);
    }

    private boolean bool(JsonNode value, String path) {
        if (!value.isBoolean()) {
            throw wrongType(value, path, "true or false");
        }
        return value.booleanValue();
    }

    private long integer(JsonNode value, String path) {
        if (!value.isIntegralNumber()) {
            throw wrongType(value, path, "a whole number");
        }
        if (!value.canConvertToLong() || !datatype.holds(value.longValue())) {
            throw overflow(value, path);
        }
        return value.longValue();
    }

    private long unsignedLong(JsonNode value, String path) {
        if (!value.isIntegralNumber()) {
            throw wrongType(value, path, "a whole number");
        }
        BigInteger number = value.bigIntegerValue();
        if (number.signum() < 0 || number.compareTo(UINT64_MAX) > 0) {
            throw overflow(value, path);
        }
        return number.longValue();
    }

    private double number(JsonNode value, String path) {
        if (!value.isNumber()) {
            throw wrongType(value, path, "a number");
        }
        double number = value.doubleValue();
        if (Double.isInfinite(number)) {
            throw overflow(value, path);
        }
        return number;
    }

    private float single(JsonNode value, String path) {
        float number = (float) number(value, path);
        if (Float.isInfinite(number)) {
            throw overflow(value, path);
        }
        return number;
    }

    private ApiException wrongType(JsonNode value, String path, String expected) {
        return ApiException.invalid(
                path,
                "Wrong element at " + path + ": " + datatype + " needs " + expected + ", and it is "
                        + value.getNodeType().name().toLowerCase(Locale.ROOT) + ".");
    }

    private ApiException overflow(JsonNode value, String path) {
        String shown = value.asText();
        return ApiException.invalid(
                path,
                "Overflow at " + path + ": " + datatype + " cannot hold "
                        + (shown.length() <= 40 ? shown : shown.substring(0, 40) + "...") + ".");
    }
}
