package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import java.util.List;
import java.util.function.UnaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Attention block by block: queries look at one block of keys and values at a time, and what the blocks give is added up
 * in the order of their positions. (The sum over blocks with a common maximum is that of FlashAttention,
 * arXiv:2205.14135.) Decode and prefill both attend this way, so that a token's bits do not depend on which of them computed
 * it, nor on which tokens were computed beside it: a block is a product of the same length whoever asks, and what lies
 * behind a query's own position weighs exactly 0.
 *
 * <p>Shapes: R rows of T query tokens each, N pairs of a block and the row that looks at it, B tokens a block, H heads in K
 * groups of G = H / K that share keys and values, D numbers a head.
 */
final class BlockAttention {

    /** The row of a block that nobody looks at. */
    static final int NOBODY = -1;

    private final Ops tf;
    private final Attention attention;
    private final Operand<TInt32> owners;
    private final Operand<TInt32> rows;
    private final Operand<TInt32> queryCount;
    private final Operand<TInt32> queryRows;
    private final AttentionMask mask;

    /**
     * @param owners for each block the row that looks at it, or {@link #NOBODY}, [N]
     * @param starts for each block the position of its first token, [N]
     * @param positions of the query tokens, [R, T]
     */
    BlockAttention(
            Ops tf, Attention attention, Operand<TInt32> owners, Operand<TInt32> starts, Operand<TInt32> positions) {
        this.tf = tf;
        this.attention = attention;
        this.owners = owners;
        this.rows = extent(tf, positions, 0);
        this.queryCount = extent(tf, positions, 1);
        // What a block that is nobody's gives is not asked for: any row may look at it.
        this.queryRows = tf.math.maximum(owners, tf.constant(0));
        // Behind the rows is one more, for where there is none.
        Operand<TInt32> nobody = tf.fill(tf.stack(List.of(tf.constant(1), queryCount)), tf.constant(-1));
        Operand<TInt32> ofBlocks =
                tf.gather(tf.concat(List.of(positions, nobody), tf.constant(0)), queryRows, tf.constant(0));
        Operand<TInt32> keys = tf.math.add(tf.expandDims(starts, tf.constant(1)), tf.constant(offsets()));
        this.mask = new AttentionMask(
                tf,
                tf.reshape(keys, tf.constant(new int[] {-1, 1, 1, 1, KvLayout.BLOCK_TOKENS})),
                tf.reshape(
                        ofBlocks,
                        tf.stack(
                                List.of(tf.constant(-1), tf.constant(1), tf.constant(1), queryCount, tf.constant(1)))));
    }

    /** A layer's keys or values block by block: [rows, D] to [blocks, K, B, D]. */
    static <T extends TFloating> Operand<T> byBlock(Ops tf, KvLayout layout, Operand<T> cache) {
        return tf.reshape(
                cache,
                tf.constant(new int[] {layout.blocks(), layout.kvHeads(), KvLayout.BLOCK_TOKENS, layout.headSize()}));
    }

    static Operand<TInt32> extent(Ops tf, Operand<TInt32> x, int axis) {
        return tf.gather(tf.shape(x), tf.constant(axis), tf.constant(0));
    }

    private static int[] offsets() {
        int[] offsets = new int[KvLayout.BLOCK_TOKENS];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = i;
        }
        return offsets;
    }

    /**
     * Attends.
     *
     * @param queries scaled, [R, K, G * T, D]
     * @param keys of the blocks, [N, K, B, D]
     * @param values likewise
     * @param inOrder brings what blocks gave, along the first axis, into the order in which it is to be added up
     * @param orderedOwners the rows of the blocks in that order
     * @return [R, K, G * T, D]
     */
    Operand<TFloat32> attend(
            Operand<TFloat32> queries,
            Operand<TFloat32> keys,
            Operand<TFloat32> values,
            int windowTokens,
            UnaryOperator<Operand<TFloat32>> inOrder,
            Operand<TInt32> orderedOwners) {
        Operand<TFloat32> products = BatchProducts.ofTransposed(tf, ofBlocks(queries), keys);
        Operand<TFloat32> scores =
                tf.reshape(tf.math.add(tf.reshape(products, byQuery()), mask.of(windowTokens)), tf.shape(products));
        Operand<TFloat32> greatest =
                tf.math.unsortedSegmentMax(tf.max(scores, tf.constant(3), Max.keepDims(true)), owners, rows);
        Operand<TFloat32> weights = tf.math.exp(tf.math.sub(scores, ofBlocks(greatest)));
        Operand<TFloat32> sums = tf.reduceSum(weights, tf.constant(3), ReduceSum.keepDims(true));
        Operand<TFloat32> weighted = BatchProducts.of(tf, weights, values);
        return tf.math.div(total(inOrder.apply(weighted), orderedOwners), total(inOrder.apply(sums), orderedOwners));
    }

    /** [N, K, G, T, B]. */
    private Operand<TInt32> byQuery() {
        return tf.stack(List.of(
                tf.constant(-1),
                tf.constant(attention.kvHeads()),
                tf.constant(attention.queriesPerKv()),
                queryCount,
                tf.constant(KvLayout.BLOCK_TOKENS)));
    }

    /** What each block's row has, [R, K, G * T, width] to [N, K, G * T, width]. */
    private Operand<TFloat32> ofBlocks(Operand<TFloat32> x) {
        return tf.gather(x, queryRows, tf.constant(0));
    }

    /** One after the other. (A reduction along an axis would add in an order that depends on its length.) */
    private Operand<TFloat32> total(Operand<TFloat32> ofBlocks, Operand<TInt32> orderedOwners) {
        return tf.math.unsortedSegmentSum(ofBlocks, orderedOwners, rows);
    }
}
