package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Attention of some sequences of a step, each over the blocks of its own slot. Either one query token for each
 * sequence (decode) or several (prefill chunks), then padded to the longest chunk: padding repeats a real token, and
 * what it computes is read by nobody.
 *
 * <p>Shapes: R sequences, T query tokens each (1 when decoding), L key positions (whole blocks), H heads in K groups
 * of G = H / K that share keys and values, D numbers a head.
 */
final class AttentionSection {

    /** Far below any score, far above minus infinity: a sum with it stays a number, and its softmax is 0. */
    private static final float MASKED = -1e30f;

    private final Ops tf;
    private final Attention attention;
    private final KvLayout layout;
    private final boolean decoding;
    private final Placeholder<TInt32> blocks;
    private final Operand<TInt32> positions;
    private final Operand<TInt32> headBlocks;
    private final Operand<TInt32> keyShape;
    private final Operand<TInt32> keyPositions;
    private final Map<Integer, Operand<TFloat32>> masks = new HashMap<>();

    /** @param positions of the query tokens, [R, T] */
    AttentionSection(
            Ops tf,
            Attention attention,
            KvLayout layout,
            boolean decoding,
            Placeholder<TInt32> blocks,
            Operand<TInt32> positions) {
        this.tf = tf;
        this.attention = attention;
        this.layout = layout;
        this.decoding = decoding;
        this.blocks = blocks;
        this.positions = positions;
        this.headBlocks = headBlocks();
        Operand<TInt32> blockShape = tf.shape(blocks);
        Operand<TInt32> rows = tf.gather(blockShape, tf.constant(0), tf.constant(0));
        Operand<TInt32> keyCount =
                tf.math.mul(tf.gather(blockShape, tf.constant(1), tf.constant(0)), tf.constant(KvLayout.BLOCK_TOKENS));
        this.keyShape =
                tf.stack(List.of(rows, tf.constant(attention.kvHeads()), keyCount, tf.constant(attention.headSize())));
        this.keyPositions = tf.range(tf.constant(0), keyCount, tf.constant(1));
    }

    /** The placeholder of the block table: for each sequence the blocks of its slot's first head, [R, L / block]. */
    static Placeholder<TInt32> blockTable(Ops tf) {
        return tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
    }

    /** The block table for all heads, [R, K, L / block]. */
    private Operand<TInt32> headBlocks() {
        int[][] offsets = new int[attention.kvHeads()][1];
        for (int head = 0; head < offsets.length; head++) {
            offsets[head][0] = head * layout.blocksPerHead();
        }
        return tf.math.add(tf.expandDims(blocks, tf.constant(1)), tf.constant(offsets));
    }

    /**
     * Attends.
     *
     * @param queries [R, H * D] when decoding, otherwise [R, T, H * D]; scaled
     * @param keys the layer's, in blocks
     * @param values likewise
     * @return [R * T, H * D]
     */
    Operand<TFloat32> attend(
            Operand<TFloat32> queries, Operand<TFloat32> keys, Operand<TFloat32> values, int windowTokens) {
        Operand<TFloat32> scores =
                tf.train.batchMatMul(grouped(queries), gather(keys), TFloat32.class, BatchMatMul.adjY(true));
        Operand<TFloat32> probabilities = tf.nn.softmax(masked(scores, windowTokens));
        return joined(tf.train.batchMatMul(probabilities, gather(values), TFloat32.class));
    }

    /** [R, K, G * T, D]. */
    private Operand<TFloat32> grouped(Operand<TFloat32> queries) {
        if (decoding) {
            return tf.reshape(
                    queries,
                    tf.constant(new int[] {-1, attention.kvHeads(), attention.queriesPerKv(), attention.headSize()}));
        }
        Operand<TInt32> split = tf.concat(
                List.of(tf.shape(positions), tf.constant(new int[] {attention.heads(), attention.headSize()})),
                tf.constant(0));
        Operand<TFloat32> byHead = tf.linalg.transpose(tf.reshape(queries, split), tf.constant(new int[] {0, 2, 1, 3}));
        if (attention.queriesPerKv() == 1) {
            return byHead;
        }
        return tf.reshape(byHead, rowsBy(attention.kvHeads(), -1, attention.headSize()));
    }

    /** The blocks of the sequences, [R, K, L, D]. */
    private Operand<TFloat32> gather(Operand<TFloat32> cache) {
        return tf.reshape(tf.gather(cache, headBlocks, tf.constant(0)), keyShape);
    }

    private Operand<TFloat32> masked(Operand<TFloat32> scores, int windowTokens) {
        Operand<TFloat32> mask = masks.computeIfAbsent(windowTokens, this::mask);
        if (decoding || attention.queriesPerKv() == 1) {
            return tf.math.add(scores, mask);
        }
        Operand<TInt32> grouped = tf.shape(scores);
        Operand<TInt32> rows = tf.gather(grouped, tf.constant(0), tf.constant(0));
        Operand<TInt32> keyCount = tf.gather(grouped, tf.constant(3), tf.constant(0));
        Operand<TInt32> byHead = tf.stack(List.of(rows, tf.constant(attention.heads()), tf.constant(-1), keyCount));
        return tf.reshape(tf.math.add(tf.reshape(scores, byHead), mask), grouped);
    }

    /** 0 where a query may look, otherwise {@link #MASKED}; [R, 1, T, L]. */
    private Operand<TFloat32> mask(int windowTokens) {
        Operand<TInt32> queries = tf.expandDims(tf.expandDims(positions, tf.constant(1)), tf.constant(-1));
        Operand<TBool> allowed = tf.math.lessEqual(keyPositions, queries);
        if (windowTokens > 0) {
            allowed = tf.math.logicalAnd(
                    allowed, tf.math.greater(keyPositions, tf.math.sub(queries, tf.constant(windowTokens))));
        }
        return tf.select(allowed, tf.constant(0f), tf.constant(MASKED));
    }

    /** From [R, K, G * T, D] to [R * T, H * D]. */
    private Operand<TFloat32> joined(Operand<TFloat32> outputs) {
        Operand<TFloat32> byToken = outputs;
        if (!decoding) {
            Operand<TFloat32> byHead = attention.queriesPerKv() == 1
                    ? outputs
                    : tf.reshape(outputs, rowsBy(attention.heads(), -1, attention.headSize()));
            byToken = tf.linalg.transpose(byHead, tf.constant(new int[] {0, 2, 1, 3}));
        }
        return tf.reshape(byToken, tf.constant(new int[] {-1, attention.querySize()}));
    }

    /** The shape [R, a, b, c], of which one may be -1. */
    private Operand<TInt32> rowsBy(int a, int b, int c) {
        Operand<TInt32> rows = tf.gather(tf.shape(positions), tf.constant(new int[] {0}), tf.constant(0));
        return tf.concat(List.of(rows, tf.constant(new int[] {a, b, c})), tf.constant(0));
    }
}
