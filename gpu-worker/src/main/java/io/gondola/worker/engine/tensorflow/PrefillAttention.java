package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import java.util.List;
import java.util.function.UnaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Attention of several query tokens for each of some sequences, as {@link BlockAttention}. The tokens of a sequence lie in
 * tiles, each a row that looks at the blocks up to its own end only; tiles are padded to the longest by repeating a real
 * token, and what that computes is read by nobody. The blocks are gathered first; many queries look at each of them.
 *
 * <p>Shapes: R tiles, T query tokens each, N blocks that a tile looks at, all tiles together, B tokens a block, H heads in K
 * groups of G = H / K that share keys and values, D numbers a head.
 */
final class PrefillAttention {

    private final Ops tf;
    private final Attention attention;
    private final KvLayout layout;

    /** The most query tokens of a tile: longer ones look at much that lies behind them, shorter ones gather more often. */
    static final int TILE_TOKENS_MAX = 128;

    /** For each tile the indices of its tokens in the step, padded by repeating the last one, [R, T]. */
    final Placeholder<TInt32> tokens;
    /** For each prefill token of the step its place in the padded tiles. */
    final Placeholder<TInt32> places;
    /** The blocks that the first tile looks at in the order of their positions, then the second's, and so on, [N]. */
    final Placeholder<TInt32> blocks;
    /** For each of these its tile, [N]. */
    final Placeholder<TInt32> owners;
    /** For each of these the position of its first token, [N]. */
    final Placeholder<TInt32> starts;

    private final Operand<TInt32> rows;
    private final Operand<TInt32> queryCount;
    private final BlockAttention blockAttention;

    /** @param positions of all tokens of the step */
    PrefillAttention(Ops tf, Attention attention, KvLayout layout, Operand<TInt32> positions) {
        this.tf = tf;
        this.attention = attention;
        this.layout = layout;
        this.tokens = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
        this.places = vector();
        this.blocks = vector();
        this.owners = vector();
        this.starts = vector();
        this.rows = BlockAttention.extent(tf, tokens, 0);
        this.queryCount = BlockAttention.extent(tf, tokens, 1);
        this.blockAttention =
                new BlockAttention(tf, attention, owners, starts, tf.gather(positions, tokens, tf.constant(0)));
    }

    /** Tokens of each tile of so many that follow each other: as few tiles as may be, all alike. */
    static int tileTokens(int count) {
        int tiles = (count + TILE_TOKENS_MAX - 1) / TILE_TOKENS_MAX;
        return (count + tiles - 1) / tiles;
    }

    private Placeholder<TInt32> vector() {
        return tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    }

    @SafeVarargs
    private Operand<TInt32> shape(Operand<TInt32>... extents) {
        return tf.stack(List.of(extents));
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
        Operand<TFloat32> attended = blockAttention.attend(
                grouped(queries), gather(keys), gather(values), windowTokens, UnaryOperator.identity(), owners);
        Operand<TFloat32> outputs = tf.reshape(
                attended, shape(rows, tf.constant(attention.heads()), queryCount, tf.constant(attention.headSize())));
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

    /** The blocks, [N, K, B, D]. */
    private <T extends TFloating> Operand<TFloat32> gather(Operand<T> cache) {
        Operand<T> all = BlockAttention.byBlock(tf, layout, cache);
        return KvCache.floats(tf, tf.gather(all, blocks, tf.constant(0)));
    }
}
