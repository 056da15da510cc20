package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
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
        double[] values = numbers(output);
        List<byte[]> strings = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int from = row * width;
            IntStream.range(0, width)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -values[from + i]))
                    .limit(count)
                    .forEach(i -> strings.add(String.format(Locale.ROOT, "%f:%d", values[from + i], i)
                            .getBytes(StandardCharsets.UTF_8)));
        }
        long[] shape = isBatched ? new long[] {rows, count} : new long[] {count};
        return Tensor.ofStrings(output.name(), shape, strings.toArray(byte[][]::new));
    }

    private static double[] numbers(Tensor output) {
        ByteBuffer data = ByteBuffer.wrap(output.data()).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[output.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (output.datatype()) {
                case FP32 -> data.getFloat();
                case FP64 -> data.getDouble();
                case INT8 -> data.get();
                case UINT8 -> data.get() & 0xFF;
                case INT16 -> data.getShort();
                case UINT16 -> data.getShort() & 0xFFFF;
                case INT32 -> data.getInt();
                case UINT32 -> data.getInt() & 0xFFFF_FFFFL;
                case INT64, UINT64 -> data.getLong();
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
