package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.inference.Tensor;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The classification extension: an output as the largest values of each row and where they are, {@code value:index}. */
final class Classification {

    private Classification() {}

    /** @param isBatched whether the first dimension is a batch, whose rows are classified apart */
    static Tensor of(Tensor output, int classes, boolean isBatched) {
        int rows = isBatched ? (int) output.rows() : 1;
        int width = rows == 0 ? 0 : output.elements() / rows;
        int count = Math.min(classes, width);
        Number[] values = numbers(output);
        List<byte[]> strings = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int from = row * width;
            IntStream.range(0, width)
                    .boxed()
                    .sorted((a, b) -> compare(values[from + b], values[from + a]))
                    .limit(count)
                    .forEach(i -> strings.add(shown(values[from + i], i).getBytes(StandardCharsets.UTF_8)));
        }
        long[] shape = isBatched ? new long[] {rows, count} : new long[] {count};
        return Tensor.ofStrings(output.name(), shape, strings.toArray(byte[][]::new));
    }

    /** NaN is less than any number: it is nobody's largest. */
    private static int compare(Number a, Number b) {
        if (a instanceof BigInteger left && b instanceof BigInteger right) {
            return left.compareTo(right);
        }
        double left = a.doubleValue();
        double right = b.doubleValue();
        return Double.isNaN(left) || Double.isNaN(right)
                ? Boolean.compare(Double.isNaN(right), Double.isNaN(left))
                : Double.compare(left, right);
    }

    /** As Triton writes it: whole numbers whole, others with six decimals. */
    private static String shown(Number value, int index) {
        return value instanceof Double
                ? String.format(Locale.ROOT, "%f:%d", value.doubleValue(), index)
                : value + ":" + index;
    }

    private static Number[] numbers(Tensor output) {
        ByteBuffer data = ByteBuffer.wrap(output.data()).order(ByteOrder.LITTLE_ENDIAN);
        Number[] values = new Number[output.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (output.datatype()) {
                case FP32 -> Double.valueOf(data.getFloat());
                case FP64 -> Double.valueOf(data.getDouble());
                case INT8 -> BigInteger.valueOf(data.get());
                case UINT8 -> BigInteger.valueOf(data.get() & 0xFF);
                case INT16 -> BigInteger.valueOf(data.getShort());
                case UINT16 -> BigInteger.valueOf(data.getShort() & 0xFFFF);
                case INT32 -> BigInteger.valueOf(data.getInt());
                case UINT32 -> BigInteger.valueOf(data.getInt() & 0xFFFF_FFFFL);
                case INT64 -> BigInteger.valueOf(data.getLong());
                case UINT64 -> new BigInteger(Long.toUnsignedString(data.getLong()));
                default ->
                    throw ApiException.invalid(
                            output.name(),
                            "class result not available for output due to unsupported type '" + output.datatype()
                                    + "'");
            };
        }
        return values;
    }
}
