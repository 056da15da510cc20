package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Attention of one query token for each of some sequences. It reads the KV cache where it lies, from the first of their
 * blocks to the last, and copies nothing of it: every block is multiplied with the query of the sequence it belongs to,
 * and each sequence adds up what its blocks gave, in the order of their positions. (The sum over blocks with a common
 * maximum is that of FlashAttention, arXiv:2205.14135.) So cost follows the tokens aboard, and a sequence's bits do not
 * depend on who else is aboard or where its blocks lie.
 *
 * <p>Shapes: R sequences, U blocks of theirs, N blocks read, B tokens a block, H heads in K groups of G = H
 * / K that share keys and values, D numbers a head.
 */
final class DecodeAttention {

    /** The row of a block that is read in vain. */
    static final int NOBODY = -1;

    private final Ops tf;
    private final Attention attention;
    private final KvLayout layout;

    /** The first block that is read. */
    final Placeholder<TInt32> firstBlock;
    /** How many blocks are read, N. */
    final Placeholder<TInt32> blockCount;
    /** For each block the row of its sequence, or {@link #NOBODY}, [N]. */
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

    private final Operand<TInt32> queryRows;
    private final AttentionMask mask;
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
        // Behind the sequences' rows is one for the blocks that are nobody's.
        this.queryRows = tf.select(tf.math.less(owners, tf.constant(0)), rows, owners);
        Operand<TInt32> withNobody =
                tf.concat(List.of(first(positions), tf.constant(new int[] {NOBODY})), tf.constant(0));
        this.mask = new AttentionMask(
                tf,
                fourAxes(tf.math.add(tf.expandDims(starts, tf.constant(1)), tf.constant(offsets()))),
                fourAxes(tf.expandDims(tf.gather(withNobody, queryRows, tf.constant(0)), tf.constant(1))));
        this.viewStart = tf.stack(List.of(firstBlock, tf.constant(0), tf.constant(0), tf.constant(0)));
        this.viewSize = tf.stack(List.of(blockCount, tf.constant(-1), tf.constant(-1), tf.constant(-1)));
    }

    /** N for this many blocks: few different numbers, because oneDNN prepares a product for each. */
    static int rounded(int blocks, int blocksMax) {
        int step = Math.max(8, Integer.highestOneBit(blocks) / 8);
        return Math.min(blocksMax, (blocks + step - 1) / step * step);
    }

    private static int[] offsets() {
        int[] offsets = new int[KvLayout.BLOCK_TOKENS];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = i;
        }
        return offsets;
    }

    /** [N, x] as [N, 1, 1, x]. */
    private Operand<TInt32> fourAxes(Operand<TInt32> x) {
        return tf.expandDims(tf.expandDims(x, tf.constant(1)), tf.constant(1));
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
        Operand<TFloat32> bySequence = tf.reshape(first(queries), grouped(-1, attention.headSize()));
        Operand<TFloat32> byBlock = tf.gather(withZeroRow(bySequence, attention.headSize()), queryRows, tf.constant(0));
        Operand<TFloat32> scores =
                tf.math.add(BatchProducts.ofTransposed(tf, byBlock, view(keys)), mask.of(windowTokens));
        Operand<TFloat32> greatest =
                tf.math.unsortedSegmentMax(tf.max(scores, tf.constant(3), Max.keepDims(true)), owners, rows);
        Operand<TFloat32> weights =
                tf.math.exp(tf.math.sub(scores, tf.gather(withZeroRow(greatest, 1), queryRows, tf.constant(0))));
        Operand<TFloat32> sums = total(tf.reduceSum(weights, tf.constant(3), ReduceSum.keepDims(true)));
        Operand<TFloat32> weighted = total(BatchProducts.of(tf, weights, view(values)));
        return tf.reshape(tf.math.div(weighted, sums), tf.constant(new int[] {-1, attention.querySize()}));
    }

    private Operand<TInt32> grouped(int rowCount, int width) {
        return tf.constant(new int[] {rowCount, attention.kvHeads(), attention.queriesPerKv(), width});
    }

    private Operand<TFloat32> withZeroRow(Operand<TFloat32> x, int width) {
        return tf.concat(List.of(x, tf.fill(grouped(1, width), tf.constant(0f))), tf.constant(0));
    }

    /** The blocks that are read, [N, K, B, D]: the same memory, save where they are kept in fewer bits. */
    private <T extends TFloating> Operand<TFloat32> view(Operand<T> cache) {
        Operand<T> all = tf.reshape(
                cache,
                tf.constant(new int[] {layout.blocks(), layout.kvHeads(), KvLayout.BLOCK_TOKENS, layout.headSize()}));
        return KvCache.floats(tf, tf.slice(all, viewStart, viewSize));
    }

    /**
     * What the blocks of each sequence give together, added one after the other: [N, K, G, x] to [R, K, G, x]. (A
     * reduction of padded rows would add in an order that depends on their number.)
     */
    private Operand<TFloat32> total(Operand<TFloat32> byBlock) {
        return tf.math.unsortedSegmentSum(tf.gather(byBlock, blocks, tf.constant(0)), blockRows, rows);
    }
}
