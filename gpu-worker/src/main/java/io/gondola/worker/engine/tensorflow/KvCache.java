package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.KvPrecision;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.IntDataBuffer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Assign;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;
import org.tensorflow.types.family.TType;

/**
 * The KV cache as variables of the graph: reference variables that ScatterNdUpdate writes in place, its output read
 * directly. (Resource variables would be copied as a whole at each read after a write.) So one step at a
 * time; its lanes write to rows that are not each other's.
 */
final class KvCache {

    /** What is resident for a moment, at most, while the cache is made; a variable is as large as it is. */
    private static final long INITIALISED_BYTES_MAX = 256L << 20;

    private final KvLayout layout;
    private final KvPrecision precision;
    private final Ops tf;
    private final List<Variable<? extends TFloating>> keys = new ArrayList<>();
    private final List<Variable<? extends TFloating>> values = new ArrayList<>();
    private final List<Assign<? extends TFloating>> initialisers = new ArrayList<>();
    private final List<Op> clearers = new ArrayList<>();
    private final List<Op> movers = new ArrayList<>();
    private final Placeholder<TInt32> fromRows;
    private final Placeholder<TInt32> toRows;

    KvCache(Ops tf, KvLayout layout, int layers, KvPrecision precision) {
        this.tf = tf;
        this.layout = layout;
        this.precision = precision;
        Class<? extends TFloating> numbers = precision == KvPrecision.BF16 ? TBfloat16.class : TFloat32.class;
        this.fromRows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        this.toRows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 1)));
        for (int i = 0; i < layers; i++) {
            keys.add(variable(numbers));
            values.add(variable(numbers));
        }
    }

    private <T extends TFloating> Variable<T> variable(Class<T> numbers) {
        Variable<T> variable = tf.variable(Shape.of(layout.rows(), layout.headSize()), numbers);
        initialisers.add(tf.assign(variable, zeros(tf.constant((int) layout.rows()), numbers)));
        Operand<TInt32> rowCount = tf.gather(tf.shape(toRows), tf.constant(0), tf.constant(0));
        clearers.add(tf.scatterNdUpdate(variable, toRows, zeros(rowCount, numbers)));
        movers.add(tf.scatterNdUpdate(variable, toRows, tf.gather(variable, fromRows, tf.constant(0))));
        return variable;
    }

    private <T extends TFloating> Operand<T> zeros(Operand<TInt32> rows, Class<T> numbers) {
        return tf.fill(
                tf.stack(List.of(rows, tf.constant(layout.headSize()))), tf.dtypes.cast(tf.constant(0f), numbers));
    }

    KvLayout layout() {
        return layout;
    }

    /**
     * Fills all with zeros; once, before the first step. Some variables after others, and each is given back to the
     * kernel, whose fresh pages are zero too: a cache takes memory only as far as it is used.
     */
    void initialise(Session session) {
        long variableBytes = layout.rows() * layout.headSize() * precision.bytes();
        int together = (int) Math.max(1, Math.min(initialisers.size(), INITIALISED_BYTES_MAX / variableBytes));
        for (int first = 0; first < initialisers.size(); first += together) {
            Session.Runner runner = session.runner();
            initialisers
                    .subList(first, Math.min(initialisers.size(), first + together))
                    .forEach(initialiser -> runner.fetch(GraphNames.of(initialiser)));
            try (Result filled = runner.run()) {
                filled.forEach(variable -> NativeMemory.giveBack(NativeMemory.Region.of((TType) variable.getValue())));
            }
        }
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
    Operand<? extends TFloating> writeKeys(int layer, Operand<TInt32> rows, Operand<TFloat32> newKeys) {
        return write(keys.get(layer), rows, newKeys);
    }

    /** Likewise the values. */
    Operand<? extends TFloating> writeValues(int layer, Operand<TInt32> rows, Operand<TFloat32> newValues) {
        return write(values.get(layer), rows, newValues);
    }

    private <T extends TFloating> Operand<T> write(
            Variable<T> variable, Operand<TInt32> rows, Operand<TFloat32> update) {
        return tf.scatterNdUpdate(variable, rows, cast(tf, update, variable.type()));
    }

    /** What was read from the cache, in single precision. */
    static Operand<TFloat32> floats(Ops tf, Operand<? extends TFloating> numbers) {
        return cast(tf, numbers, TFloat32.class);
    }

    /** The operand itself where it has that type already. */
    @SuppressWarnings("unchecked")
    private static <T extends TFloating> Operand<T> cast(Ops tf, Operand<? extends TFloating> x, Class<T> type) {
        return x.type() == type ? (Operand<T>) x : tf.dtypes.cast(x, type);
    }
}
