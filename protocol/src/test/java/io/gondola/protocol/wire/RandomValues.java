package io.gondola.protocol.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Values for messages, from a seed: extreme ones often, and text of all planes. */
class RandomValues {

    private static final int[] INTS = {
        0, 1, -1, 63, 64, -64, -65, 127, 128, 50_256, Integer.MAX_VALUE, Integer.MIN_VALUE
    };
    private static final long[] LONGS = {0, 1, -1, 1L << 31, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final float[] FLOATS = {
        0f,
        -0f,
        1f,
        -1.5f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        Float.MAX_VALUE
    };
    private static final String[] TEXTS = {
        "", "a", "gpt2", "Größe", "模型", "\uD83D\uDEA0", "\u0000", "e\u0301", "line\nbreak", "\uFFFF"
    };

    final SplittableRandom random;

    RandomValues(long seed) {
        random = new SplittableRandom(seed);
    }

    final <T> List<T> list(int sizeMax, Supplier<T> element) {
        List<T> values = new ArrayList<>();
        for (int i = random.nextInt(sizeMax + 1); i > 0; i--) {
            values.add(element.get());
        }
        return values;
    }

    final int[] ints(int size) {
        return random.ints(size).map(any -> any()).toArray();
    }

    final float[] floats(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = anyFloat();
        }
        return values;
    }

    final int any() {
        return random.nextBoolean() ? INTS[random.nextInt(INTS.length)] : random.nextInt();
    }

    final long wide() {
        return random.nextBoolean() ? LONGS[random.nextInt(LONGS.length)] : random.nextLong();
    }

    final float anyFloat() {
        return random.nextBoolean() ? FLOATS[random.nextInt(FLOATS.length)] : (float) random.nextDouble();
    }

    final String text() {
        String text = TEXTS[random.nextInt(TEXTS.length)];
        return random.nextInt(20) == 0 ? text.repeat(random.nextInt(1_000)) : text;
    }

    final <E> E pick(E[] values) {
        return values[random.nextInt(values.length)];
    }
}
