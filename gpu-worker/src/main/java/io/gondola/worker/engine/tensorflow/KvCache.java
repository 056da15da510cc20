package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.IntDataBuffer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The KV cache as variables of the graph: reference variables that ScatterNdUpdate writes in place, its output read
 * directly. (Resource variables would be copied as a whole at each read after a write.) So one step at a time.
 */
final class KvCache {

    private final KvLayout layout;
    private final Ops tf;
    private final List<Variable<TFloat32>> keys = new ArrayList<>();
    private final List<Variable<TFloat32>> values = new ArrayList<>();
    private final List<Op> initialisers = new ArrayList<>();
    private final List<Op> clearers = new ArrayList<>();
    private final Placeholder<TInt32> clearedRows;

    KvCache(Ops tf, KvLayout layout, int layers) {
        this.tf = tf;
        this.layout = layout;
        this.clearedRows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 1)));
        Operand<TInt32> shape = tf.constant(new int[] {(int) layout.rows(), layout.headSize()});
        Operand<TFloat32> zeros = tf.fill(shape, tf.constant(0f));
        Operand<TFloat32> slotZeros = tf.fill(
                tf.constant(new int[] {layout.kvHeads() * layout.paddedTokens(), layout.headSize()}), tf.constant(0f));
        for (int i = 0; i < layers; i++) {
            keys.add(variable(zeros, slotZeros));
            values.add(variable(zeros, slotZeros));
        }
    }

    private Variable<TFloat32> variable(Operand<TFloat32> zeros, Operand<TFloat32> slotZeros) {
        Variable<TFloat32> variable = tf.variable(Shape.of(layout.rows(), layout.headSize()), TFloat32.class);
        initialisers.add(tf.assign(variable, zeros));
        clearers.add(tf.scatterNdUpdate(variable, clearedRows, slotZeros));
        return variable;
    }

    KvLayout layout() {
        return layout;
    }

    /** Fills all with zeros; once, before the first step. */
    void initialise(Session session) {
        Session.Runner runner = session.runner();
        initialisers.forEach(runner::addTarget);
        runner.run().close();
    }

    /** Fills a slot with zeros: needed only where it may hold something that is no number. */
    void clear(Session session, int slot) {
        int rows = layout.kvHeads() * layout.paddedTokens();
        int first = layout.row(slot, 0);
        try (TInt32 indices = Tensor.of(TInt32.class, Shape.of(rows, 1))) {
            IntDataBuffer buffer = indices.asRawTensor().data().asInts();
            for (int i = 0; i < rows; i++) {
                buffer.setInt(first + i, i);
            }
            Session.Runner runner = session.runner().feed(clearedRows, indices);
            clearers.forEach(runner::addTarget);
            runner.run().close();
        }
    }

    /** A layer's keys with those of the fed tokens written; rows as {@link KvLayout#row}, [tokens * kvHeads, 1]. */
    Operand<TFloat32> writeKeys(int layer, Operand<TInt32> rows, Operand<TFloat32> newKeys) {
        return write(keys.get(layer), rows, newKeys);
    }

    /** Likewise the values. */
    Operand<TFloat32> writeValues(int layer, Operand<TInt32> rows, Operand<TFloat32> newValues) {
        return write(values.get(layer), rows, newValues);
    }

    /** Written, and seen in blocks. */
    private Operand<TFloat32> write(Variable<TFloat32> variable, Operand<TInt32> rows, Operand<TFloat32> update) {
        Operand<TFloat32> written = tf.scatterNdUpdate(variable, rows, update);
        return tf.reshape(written, tf.constant(new int[] {-1, KvLayout.BLOCK_TOKENS * layout.headSize()}));
    }
}
