package io.gondola.worker.embedding;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.TextInputs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a batch's inputs, a text each. */
final class TokenRows {

    private TokenRows() {}

    static JoinedInput require(List<JoinedInput> inputs, String name) throws EngineException {
        JoinedInput input = tryFind(inputs, name);
        if (input == null) {
            throw new EngineException("input '" + name + "' is missing");
        }
        return input;
    }

    private static @Nullable JoinedInput tryFind(List<JoinedInput> inputs, String name) {
        for (JoinedInput input : inputs) {
            if (input.name().equals(name)) {
                return input;
            }
        }
        return null;
    }

    /** Some rows of an input; nothing is copied that is not cut. */
    static JoinedInput of(JoinedInput input, int fromRow, int toRow) {
        long[] shape = input.shape().clone();
        if (fromRow == 0 && toRow == shape[0]) {
            return input;
        }
        int rowBytes = (int) (input.bytes() / shape[0]);
        int from = fromRow * rowBytes;
        int to = toRow * rowBytes;
        shape[0] = (long) toRow - fromRow;
        List<byte[]> parts = new ArrayList<>();
        int at = 0;
        for (byte[] part : input.parts()) {
            int start = Math.max(from - at, 0);
            int end = Math.min(to - at, part.length);
            if (start < end) {
                parts.add(end - start == part.length ? part : Arrays.copyOfRange(part, start, end));
            }
            at += part.length;
        }
        return new JoinedInput(input.name(), input.datatype(), shape, parts);
    }

    /** For each text which of its tokens count; all of them where the model takes no mask. */
    static List<long[]> masks(List<JoinedInput> inputs) throws EngineException {
        JoinedInput mask = tryFind(inputs, TextInputs.ATTENTION_MASK);
        JoinedInput ids = require(inputs, TextInputs.INPUT_IDS);
        int tokens = Math.toIntExact(ids.shape()[1]);
        List<long[]> masks = new ArrayList<>();
        if (mask == null) {
            for (long i = 0; i < ids.shape()[0]; i++) {
                long[] all = new long[tokens];
                Arrays.fill(all, 1);
                masks.add(all);
            }
            return masks;
        }
        for (byte[] part : mask.parts()) {
            ByteBuffer data = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                long[] row = new long[tokens];
                for (int i = 0; i < tokens; i++) {
                    row[i] = mask.datatype() == Datatype.INT64 ? data.getLong() : data.getInt();
                }
                masks.add(row);
            }
        }
        return masks;
    }
}
