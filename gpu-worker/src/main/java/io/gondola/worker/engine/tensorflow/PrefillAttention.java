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
 * Attention of several query tokens for each of some sequences, padded to the longest chunk: padding repeats a real
 * token, and what it computes is read by nobody. The blocks of the sequences are gathered first; many queries look at
 * each of them. oneDNN's softmax and products add from the first key to the last, so that padding, whose weight is 0, does
 * not change the bits of a sum.
 *
 * <p>Shapes: R sequences, T query tokens each, W blocks of the longest sequence, B tokens a block, H heads in K groups of
 * G = H / K that share keys and values, D numbers a head.
 */
final class PrefillAttention {

    private final Ops tf;
    private final Attention attention;
    private final KvLayout layout;

    /** For each sequence the indices of its tokens in the step, padded by repeating the last one, [R, T]. */
    final Placeholder<TInt32> tokens;
    /** For each prefill token of the step its place in the padded rows. */
    final Placeholder<TInt32> places;
    /** For each sequence its blocks, padded by any, [R, W]. */
    final Placeholder<TInt32> table;

    private final Operand<TInt32> rows;
    private final Operand<TInt32> queryCount;
    private final Operand<TInt32> keyCount;
    private final Operand<TInt32> headBlocks;
    private final AttentionMask mask;

    /** @param positions of all tokens of the step */
    PrefillAttention(Ops tf, Attention attention, KvLayout layout, Operand<TInt32> positions) {
        this.tf = tf;
        this.attention = attention;
        this.layout = layout;
        this.tokens = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
        this.places = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        this.table = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
        this.rows = extent(tokens, 0);
        this.queryCount = extent(tokens, 1);
        this.keyCount = tf.math.mul(extent(table, 1), tf.constant(KvLayout.BLOCK_TOKENS));
        this.headBlocks = headBlocks();
        Operand<TInt32> keyPositions = tf.range(tf.constant(0), keyCount, tf.constant(1));
        Operand<TInt32> queryPositions = tf.reshape(
                tf.gather(positions, tokens, tf.constant(0)),
                shape(rows, tf.constant(1), tf.constant(1), queryCount, tf.constant(1)));
        this.mask = new AttentionMask(tf, keyPositions, queryPositions);
    }

    private Operand<TInt32> extent(Operand<TInt32> x, int axis) {
        return tf.gather(tf.shape(x), tf.constant(axis), tf.constant(0));
    }

    @SafeVarargs
    private Operand<TInt32> shape(Operand<TInt32>... extents) {
        return tf.stack(List.of(extents));
    }

    /** The blocks by head, [R, K, W]: head h of block b is number {@code b * K + h}. */
    private Operand<TInt32> headBlocks() {
        int[][] heads = new int[attention.kvHeads()][1];
        for (int head = 0; head < heads.length; head++) {
            heads[head][0] = head;
        }
        Operand<TInt32> firsts = tf.math.mul(table, tf.constant(attention.kvHeads()));
        return tf.math.add(tf.expandDims(firsts, tf.constant(1)), tf.constant(heads));
    }

    /**
     * Attends.
     *
     * @param queries scaled, of all tokens of the step, [tokens, H * D]
     * @param keys the layer's, [rows, D]
     * @param values likewise
     * @return for each prefill token of the step, [prefill tokens, H * D]
     */
    Operand<TFloat32> attend(
            Operand<TFloat32> queries,
            Operand<? extends TFloating> keys,
            Operand<? extends TFloating> values,
            int windowTokens) {
        Operand<TFloat32> scores = BatchProducts.ofTransposed(tf, grouped(queries), gather(keys));
        Operand<TFloat32> masked = tf.math.add(tf.reshape(scores, byQuery()), mask.of(windowTokens));
        Operand<TFloat32> weights = tf.reshape(tf.nn.softmax(masked), tf.shape(scores));
        Operand<TFloat32> outputs = tf.reshape(
                BatchProducts.of(tf, weights, gather(values)),
                shape(rows, tf.constant(attention.heads()), queryCount, tf.constant(attention.headSize())));
        Operand<TFloat32> byToken = tf.reshape(
                tf.linalg.transpose(outputs, tf.constant(new int[] {0, 2, 1, 3})),
                tf.constant(new int[] {-1, attention.querySize()}));
        return tf.gather(byToken, places, tf.constant(0));
    }

    /** [R, K, G * T, D]. */
    private Operand<TFloat32> grouped(Operand<TFloat32> queries) {
        Operand<TFloat32> padded = tf.reshape(
                tf.gather(queries, tokens, tf.constant(0)),
                shape(rows, queryCount, tf.constant(attention.heads()), tf.constant(attention.headSize())));
        return tf.reshape(
                tf.linalg.transpose(padded, tf.constant(new int[] {0, 2, 1, 3})),
                shape(
                        rows,
                        tf.constant(attention.kvHeads()),
                        tf.math.mul(queryCount, tf.constant(attention.queriesPerKv())),
                        tf.constant(attention.headSize())));
    }

    /** [R, K, G, T, W * B]. */
    private Operand<TInt32> byQuery() {
        return shape(
                rows, tf.constant(attention.kvHeads()), tf.constant(attention.queriesPerKv()), queryCount, keyCount);
    }

    /** The keys or values of the sequences, [R, K, W * B, D]. */
    private <T extends TFloating> Operand<TFloat32> gather(Operand<T> cache) {
        Operand<T> blocks = tf.reshape(cache, tf.constant(new int[] {-1, KvLayout.BLOCK_TOKENS * layout.headSize()}));
        return tf.reshape(
                KvCache.floats(tf, tf.gather(blocks, headBlocks, tf.constant(0))),
                shape(rows, tf.constant(attention.kvHeads()), keyCount, tf.constant(attention.headSize())));
    }
}
