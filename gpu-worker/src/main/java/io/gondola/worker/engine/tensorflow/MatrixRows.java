package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.FloatReader;
import io.gondola.worker.engine.weights.TensorEntry;
import java.util.List;

/** A matrix of a checkpoint, read in groups of whole rows, so that a large one is never on the heap as a whole. */
final class MatrixRows {

    private static final int GROUP_FLOATS = 1 << 18;

    /** Takes rows in order. */
    @FunctionalInterface
    interface Sink {
        /** Rows {@code first} to {@code first + count - 1}, one behind the other; the array is used again. */
        void accept(int first, int count, float[] numbers);
    }

    private final FloatReader reader;
    private final List<TensorEntry> parts;
    final int rows;
    final int columns;

    /** @param parts tensors of equal width, one below the other */
    MatrixRows(FloatReader reader, List<TensorEntry> parts, WeightSpec spec) {
        this.reader = reader;
        this.parts = parts;
        this.rows = Math.toIntExact(spec.shape().get(0));
        this.columns = Math.toIntExact(spec.shape().get(1));
    }

    /** The most numbers that a sink is given at once. */
    int groupNumbers() {
        return Math.max(1, GROUP_FLOATS / columns) * columns;
    }

    void read(Sink sink) throws EngineException {
        Group group = new Group(sink);
        for (TensorEntry part : parts) {
            reader.read(part, group::add);
        }
        group.flush();
    }

    private final class Group {
        private final Sink sink;
        private final float[] numbers = new float[groupNumbers()];
        private int size;
        private int first;

        Group(Sink sink) {
            this.sink = sink;
        }

        void add(float[] floats, int count) {
            int done = 0;
            while (done < count) {
                int length = Math.min(count - done, numbers.length - size);
                System.arraycopy(floats, done, numbers, size, length);
                size += length;
                done += length;
                if (size == numbers.length) {
                    flush();
                }
            }
        }

        void flush() {
            if (size > 0) {
                sink.accept(first, size / columns, numbers);
                first += size / columns;
                size = 0;
            }
        }
    }
}
