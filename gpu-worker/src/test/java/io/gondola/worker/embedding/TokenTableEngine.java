package io.gondola.worker.embedding;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.JoinedInput;
import io.gondola.worker.engine.TensorEngine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A transformer without attention: a token's vector depends on the token alone, so a test can say what it is. */
final class TokenTableEngine implements TensorEngine {

    static final int WIDTH = 3;

    private final List<TensorSpec> inputs;
    private final List<TensorSpec> outputs;
    private final Datatype numbers;
    final List<long[]> runs = new ArrayList<>();

    private TokenTableEngine(List<TensorSpec> inputs, List<TensorSpec> outputs, Datatype numbers) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.numbers = numbers;
    }

    static TokenTableEngine of(Datatype ids, Datatype numbers, String output, String... inputs) {
        List<TensorSpec> specs = new ArrayList<>();
        for (String input : inputs) {
            specs.add(new TensorSpec(input, ids, new long[] {-1, -1}));
        }
        return new TokenTableEngine(
                specs,
                List.of(
                        new TensorSpec(output, numbers, new long[] {-1, -1, WIDTH}),
                        new TensorSpec("pooler_output", numbers, new long[] {-1, WIDTH})),
                numbers);
    }

    /** One that pools by itself: the first token's vector. */
    static TokenTableEngine pooled(String output) {
        return new TokenTableEngine(
                List.of(new TensorSpec("input_ids", Datatype.INT64, new long[] {-1, -1})),
                List.of(new TensorSpec(output, Datatype.FP32, new long[] {-1, WIDTH})),
                Datatype.FP32);
    }

    /** The vector of a token: exact in every format of numbers. */
    static float[] vectorOf(long token) {
        return new float[] {token, token % 4 - 1.5f, -token / 2f};
    }

    @Override
    public String platform() {
        return "token_table";
    }

    @Override
    public List<Signature> signatures() {
        return List.of(new Signature("serving_default", inputs, outputs));
    }

    @Override
    public List<Tensor> run(String signature, List<JoinedInput> given, List<String> wanted) {
        JoinedInput ids = given.stream()
                .filter(input -> input.name().equals("input_ids"))
                .findFirst()
                .orElseThrow();
        runs.add(ids.shape());
        List<Tensor> results = new ArrayList<>();
        for (String name : wanted) {
            boolean isOfTokens =
                    outputs.stream().anyMatch(output -> output.name().equals(name) && output.shape().length == 3);
            results.add(isOfTokens ? ofTokens(name, ids) : ofFirst(name, ids));
        }
        return results;
    }

    private Tensor ofTokens(String name, JoinedInput ids) {
        long[] shape = {ids.shape()[0], ids.shape()[1], WIDTH};
        ByteBuffer data = data((int) (shape[0] * shape[1]) * WIDTH);
        tokens(ids).forEach(token -> put(data, vectorOf(token)));
        return new Tensor(name, numbers, shape, data.array());
    }

    private Tensor ofFirst(String name, JoinedInput ids) {
        ByteBuffer data = data((int) ids.shape()[0] * WIDTH);
        List<Long> tokens = tokens(ids);
        for (int i = 0; i < tokens.size(); i += (int) ids.shape()[1]) {
            put(data, vectorOf(tokens.get(i)));
        }
        return new Tensor(name, numbers, new long[] {ids.shape()[0], WIDTH}, data.array());
    }

    private ByteBuffer data(int numberCount) {
        return ByteBuffer.allocate(numberCount * numbers.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void put(ByteBuffer data, float[] vector) {
        for (float value : vector) {
            switch (numbers) {
                case FP32 -> data.putFloat(value);
                case FP64 -> data.putDouble(value);
                case BF16 -> data.putShort((short) (Float.floatToIntBits(value) >>> 16));
                case FP16 -> data.putShort(toHalf(value));
                default -> throw new IllegalArgumentException(numbers.name());
            }
        }
    }

    /** Of numbers that are exact in it. */
    private static short toHalf(float value) {
        int bits = Float.floatToIntBits(value);
        int exponent = (bits >>> 23 & 0xFF) - 127 + 15;
        return (short) (value == 0 ? 0 : bits >>> 16 & 0x8000 | exponent << 10 | bits >>> 13 & 0x3FF);
    }

    private static List<Long> tokens(JoinedInput ids) {
        List<Long> tokens = new ArrayList<>();
        for (byte[] part : ids.parts()) {
            ByteBuffer buffer = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
            while (buffer.hasRemaining()) {
                tokens.add(ids.datatype() == Datatype.INT64 ? buffer.getLong() : buffer.getInt());
            }
        }
        return tokens;
    }

    @Override
    public void close() {
        // Nothing to free.
    }
}
