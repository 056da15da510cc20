package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
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
    private final List<Op> movers = new ArrayList<>();
    private final Placeholder<TInt32> fromRows;
    private final Placeholder<TInt32> toRows;

    KvCache(Ops tf, KvLayout layout, int layers) {
        this.tf = tf;
        this.layout = layout;
        this.fromRows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        this.toRows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 1)));
        Operand<TInt32> shape = tf.constant(new int[] {(int) layout.rows(), layout.headSize()});
        Operand<TFloat32> zeros = tf.fill(shape, tf.constant(0f));
        Operand<TInt32> rowCount = tf.gather(tf.shape(toRows), tf.constant(0), tf.constant(0));
        Operand<TFloat32> rowZeros =
                tf.fill(tf.stack(List.of(rowCount, tf.constant(layout.headSize()))), tf.constant(0f));
        for (int i = 0; i < layers; i++) {
            keys.add(variable(zeros, rowZeros));
            values.add(variable(zeros, rowZeros));
        }
    }

    private Variable<TFloat32> variable(Operand<TFloat32> zeros, Operand<TFloat32> rowZeros) {
        Variable<TFloat32> variable = tf.variable(Shape.of(layout.rows(), layout.headSize()), TFloat32.class);
        initialisers.add(tf.assign(variable, zeros));
        clearers.add(tf.scatterNdUpdate(variable, toRows, rowZeros));
        movers.add(tf.scatterNdUpdate(variable, toRows, tf.gather(variable, fromRows, tf.constant(0))));
        return variable;
    }

    KvLayout layout() {
        return layout;
    }

    /** Fills all with zeros; once, before the first step. */
    void initialise(Session session) {
        Session.Runner runner = session.runner();
        initialisers.forEach(initialiser -> runner.addTarget(GraphNames.of(initialiser)));
        runner.run().close();
    }

    /** Fills blocks with zeros: needed only where they may hold something that is no number. */
    void clear(Session session, List<Integer> blocks) {
        Session.Runner runner = session.runner();
        try (TInt32 to = rows(blocks, 1)) {
            runner.feed(GraphNames.of(toRows), to);
            clearers.forEach(clearer -> runner.addTarget(GraphNames.of(clearer)));
            runner.run().close();
        }
    }

    /** Copies blocks to blocks; none is both. */
    void move(Session session, List<BlockPool.Move> moves) {
        Session.Runner runner = session.runner();
        try (TInt32 from = rows(moves.stream().map(BlockPool.Move::from).toList());
                TInt32 to = rows(moves.stream().map(BlockPool.Move::to).toList(), 1)) {
            runner.feed(GraphNames.of(fromRows), from).feed(GraphNames.of(toRows), to);
            movers.forEach(mover -> runner.addTarget(GraphNames.of(mover)));
            runner.run().close();
        }
    }

    /** All rows of these blocks, [rows, ...further]. */
    private TInt32 rows(List<Integer> blocks, long... further) {
        long[] extents = LongStream.concat(
                        LongStream.of((long) blocks.size() * layout.rowsPerBlock()), LongStream.of(further))
                .toArray();
        TInt32 rows = Tensor.of(TInt32.class, Shape.of(extents));
        IntDataBuffer buffer = rows.asRawTensor().data().asInts();
        int index = 0;
        for (int block : blocks) {
            for (int offset = 0; offset < layout.rowsPerBlock(); offset++) {
                buffer.setInt(layout.row(block, offset), index++);
            }
        }
        return rows;
    }

    /** A layer's keys with those of the fed tokens written; rows as {@link KvLayout#row}, [tokens * kvHeads, 1]. */
    Operand<TFloat32> writeKeys(int layer, Operand<TInt32> rows, Operand<TFloat32> newKeys) {
        return write(keys.get(layer), rows, newKeys);
    }

    /** Likewise the values. */
    Operand<TFloat32> writeValues(int layer, Operand<TInt32> rows, Operand<TFloat32> newValues) {
        return write(values.get(layer), rows, newValues);
    }

    private Operand<TFloat32> write(Variable<TFloat32> variable, Operand<TInt32> rows, Operand<TFloat32> update) {
        return tf.scatterNdUpdate(variable, rows, update);
    }
}
