package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Attention of one query token for each of some sequences, as {@link BlockAttention}. It reads the KV cache where it lies,
 * from the first of their blocks to the last, and copies nothing of it: every block is multiplied with the query of the
 * sequence it belongs to. So cost follows the tokens aboard, and a sequence's bits do not depend on who else is aboard or
 * where its blocks lie.
 *
 * <p>Shapes: R sequences, U blocks of theirs, N blocks read, B tokens a block, H heads in K groups of G = H
 * / K that share keys and values, D numbers a head.
 */
final class DecodeAttention {

    private final Ops tf;
    private final Attention attention;
    private final KvLayout layout;

    /** The first block that is read. */
    final Placeholder<TInt32> firstBlock;
    /** How many blocks are read, N. */
    final Placeholder<TInt32> blockCount;
    /** For each block the row of its sequence, or {@link BlockAttention#NOBODY}, [N]. */
    final Placeholder<TInt32> owners;
    /** For each block the position of its first token, [N]. */
    final Placeholder<TInt32> starts;
    /**
     * Which of the blocks that are read are the first sequence's, then which are the second's, and so on, each in the order
     * of their positions, [U].
     */
    final Placeholder<TInt32> blocks;
    /** For each of these the row of its sequence, [U]. */
    final Placeholder<TInt32> blockRows;
    /** How many sequences there are, R. */
    final Placeholder<TInt32> rows;

    private final BlockAttention blockAttention;
    private final Operand<TInt32> viewStart;
    private final Operand<TInt32> viewSize;

    /** @param positions of all tokens of the step; the sequences' are the first */
    DecodeAttention(Ops tf, Attention attention, KvLayout layout, Operand<TInt32> positions) {
        this.tf = tf;
        this.attention = attention;
        this.layout = layout;
        this.firstBlock = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        this.blockCount = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        this.owners = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        this.starts = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        this.blocks = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        this.blockRows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        this.rows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        this.blockAttention =
                new BlockAttention(tf, attention, owners, starts, tf.expandDims(first(positions), tf.constant(1)));
        this.viewStart = tf.stack(List.of(firstBlock, tf.constant(0), tf.constant(0), tf.constant(0)));
        this.viewSize = tf.stack(List.of(blockCount, tf.constant(-1), tf.constant(-1), tf.constant(-1)));
    }

    /** N for this many blocks: few different numbers, because oneDNN prepares a product for each. */
    static int rounded(int blocks, int blocksMax) {
        int step = Math.max(1, Integer.highestOneBit(blocks) / 8);
        return Math.min(blocksMax, (blocks + step - 1) / step * step);
    }

    /** The first rows, as many as there are sequences. */
    <T extends org.tensorflow.types.family.TType> Operand<T> first(Operand<T> all) {
        return tf.gather(all, tf.range(tf.constant(0), rows, tf.constant(1)), tf.constant(0));
    }

    /**
     * Attends.
     *
     * @param queries scaled, of all tokens of the step, [tokens, H * D]
     * @param keys the layer's, [rows, D]
     * @param values likewise
     * @return [R, H * D]
     */
    Operand<TFloat32> attend(
            Operand<TFloat32> queries,
            Operand<? extends TFloating> keys,
            Operand<? extends TFloating> values,
            int windowTokens) {
        Operand<TInt32> grouped =
                tf.constant(new int[] {-1, attention.kvHeads(), attention.queriesPerKv(), attention.headSize()});
        Operand<TFloat32> attended = blockAttention.attend(
                tf.reshape(first(queries), grouped),
                view(keys),
                view(values),
                windowTokens,
                byBlock -> tf.gather(byBlock, blocks, tf.constant(0)),
                blockRows);
        return tf.reshape(attended, tf.constant(new int[] {-1, attention.querySize()}));
    }

    /** The blocks that are read, [N, K, B, D]: the same memory, save where they are kept in fewer bits. */
    private <T extends TFloating> Operand<TFloat32> view(Operand<T> cache) {
        Operand<T> all = BlockAttention.byBlock(tf, layout, cache);
        return KvCache.floats(tf, tf.slice(all, viewStart, viewSize));
    }
}
