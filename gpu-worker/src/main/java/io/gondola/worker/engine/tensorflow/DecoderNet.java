package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Layer;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Learned;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Rotary;
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
 * One way through the decoder, from token ids to logits. The tokens of all sequences lie one after the other, decode
 * tokens first, without padding: [tokens, hidden]. Only attention knows of sequences.
 *
 * <p>There is one for all steps, since oneDNN keeps its own copy of a matrix of bytes for each product of the graph.
 */
final class DecoderNet {

    private final Ops tf;
    private final DecoderDescription description;
    private final WeightVariables weights;
    private final KvCache cache;
    private final DecoderLayers layers;

    final Placeholder<TInt32> tokens;
    final Placeholder<TInt32> positions;
    /** For each token, {@link KvLayout#row} of its place. */
    final Placeholder<TInt32> cacheRows;

    final DecodeAttention decode;
    final PrefillAttention prefill;
    /** Indices of the tokens that go through the output layer. */
    final Placeholder<TInt32> outputs;
    /** How many of the outputs, from the first, give their likeliest token only. */
    final Placeholder<TInt32> greedyOutputs;
    /** How many of the outputs behind those give their {@link #topCount} likeliest tokens only. */
    final Placeholder<TInt32> topOutputs;

    final Placeholder<TInt32> topCount;
    /** From which output on logits are given; outputs that may do without come first, as many as temperatures. */
    final Placeholder<TInt32> firstLogits;

    final Placeholder<TFloat32> temperatures;
    /** The index of each sequence's last token. */
    final Placeholder<TInt32> lastTokens;

    /** The likeliest token of each output. */
    final Operand<TInt32> likeliest;
    /** The sum of each output's logits: a number only if they all are. */
    final Operand<TFloat32> logitSums;
    /** The sum of the hidden state of each sequence's last token: a number only if all is well. */
    final Operand<TFloat32> hiddenSums;
    /** The likeliest tokens, likeliest first, and their logits, [topOutputs, topCount]. */
    final Operand<TInt32> topTokens;

    final Operand<TFloat32> topLogits;
    /** For each temperature the sum over the vocabulary of {@code exp((logit - greatest logit) / temperature)}. */
    final Operand<TFloat32> masses;
    /** The logits from {@link #firstLogits} on. */
    final Operand<TFloat32> logits;

    private final Operand<TInt32> headRows;
    private final OptionalPart decoding;
    private final OptionalPart prefilling;

    DecoderNet(Ops tf, DecoderDescription description, WeightVariables weights, KvCache cache) {
        this.tf = tf;
        this.description = description;
        this.weights = weights;
        this.cache = cache;
        this.layers = new DecoderLayers(tf, description, weights);
        this.tokens = vector();
        this.positions = vector();
        this.cacheRows = vector();
        this.outputs = vector();
        this.greedyOutputs = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        this.topOutputs = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        this.topCount = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        this.firstLogits = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        this.temperatures = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
        this.lastTokens = vector();
        this.headRows = headRows();
        this.decode = new DecodeAttention(tf, description.attention(), cache.layout(), positions);
        this.prefill = new PrefillAttention(tf, description.attention(), cache.layout(), positions);
        this.decoding = new OptionalPart(tf, decode.rows);
        this.prefilling = new OptionalPart(tf, tf.size(prefill.places));
        Operand<TFloat32> hidden = hidden();
        this.hiddenSums =
                tf.reduceSum(tf.gather(hidden, lastTokens, tf.constant(0)), tf.constant(1), ReduceSum.keepDims(false));
        List<Operand<TFloat32>> all =
                layers.head(layers.norm(tf.gather(hidden, outputs, tf.constant(0)), "final_norm"));
        this.likeliest = likeliest(all);
        this.logitSums = logitSums(all);
        var top = tf.nn.topK(rows(all, greedyOutputs, topOutputs), topCount, TInt32.class);
        this.topTokens = top.indices();
        this.topLogits = top.values();
        this.masses = masses(rows(all, firstLogits, tf.size(temperatures)));
        this.logits = rows(all, firstLogits, tf.constant(-1));
    }

    private Operand<TFloat32> masses(Operand<TFloat32> rows) {
        Operand<TFloat32> below = tf.math.sub(rows, tf.max(rows, tf.constant(1), Max.keepDims(true)));
        Operand<TFloat32> exponents = tf.math.div(below, tf.expandDims(temperatures, tf.constant(1)));
        Operand<TFloat32> weights =
                tf.math.exp(DecoderLayers.padded(tf, exponents, description.vocabularySize(), AttentionMask.MASKED));
        return tf.reduceSum(weights, tf.constant(1), ReduceSum.keepDims(false));
    }

    /** The first of the greatest, over all ranges of the vocabulary. */
    private Operand<TInt32> likeliest(List<Operand<TFloat32>> all) {
        Operand<TInt32> best = tf.math.argMax(all.get(0), tf.constant(1), TInt32.class);
        Operand<TFloat32> greatest = tf.max(all.get(0), tf.constant(1), Max.keepDims(false));
        int start = 0;
        for (int i = 1; i < all.size(); i++) {
            start += layers.headWidths().get(i - 1);
            Operand<TFloat32> own = tf.max(all.get(i), tf.constant(1), Max.keepDims(false));
            Operand<TInt32> ownBest =
                    tf.math.add(tf.math.argMax(all.get(i), tf.constant(1), TInt32.class), tf.constant(start));
            best = tf.select(tf.math.greater(own, greatest), ownBest, best);
            greatest = tf.math.maximum(own, greatest);
        }
        return best;
    }

    private Operand<TFloat32> logitSums(List<Operand<TFloat32>> all) {
        List<Operand<TFloat32>> sums = all.stream()
                .<Operand<TFloat32>>map(range -> tf.reduceSum(range, tf.constant(1), ReduceSum.keepDims(false)))
                .toList();
        return sums.size() == 1 ? sums.get(0) : tf.math.addN(sums);
    }

    /** Some rows, -1 for all from the first on. @param all in ranges of columns */
    private Operand<TFloat32> rows(List<Operand<TFloat32>> all, Operand<TInt32> first, Operand<TInt32> count) {
        Operand<TInt32> begin = tf.stack(List.of(first, tf.constant(0)));
        Operand<TInt32> size = tf.stack(List.of(count, tf.constant(-1)));
        return MatrixFormat.joined(
                tf,
                all.stream()
                        .<Operand<TFloat32>>map(range -> tf.slice(range, begin, size))
                        .toList());
    }

    private Placeholder<TInt32> vector() {
        return tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    }

    /** The rows of the cache to write, for all heads: [tokens * kvHeads, 1]. */
    private Operand<TInt32> headRows() {
        int[] offsets = new int[description.attention().kvHeads()];
        for (int head = 0; head < offsets.length; head++) {
            offsets[head] = head * KvLayout.BLOCK_TOKENS;
        }
        Operand<TInt32> rows = tf.math.add(tf.expandDims(cacheRows, tf.constant(1)), tf.constant(offsets));
        return tf.reshape(rows, tf.constant(new int[] {-1, 1}));
    }

    private Operand<TFloat32> hidden() {
        Operand<TFloat32> x = weights.embedded(tokens);
        if (description.positions() instanceof Learned) {
            x = tf.math.add(x, tf.gather(weights.get(WeightSpec.POSITIONS), positions, tf.constant(0)));
        }
        for (int i = 0; i < description.layers().size(); i++) {
            String name = "layers." + i + ".";
            x = tf.math.add(x, attention(layers.norm(x, name + "attention_norm"), i));
            x = tf.math.add(x, layers.mlp(layers.norm(x, name + "mlp_norm"), name));
        }
        return x;
    }

    private Operand<TFloat32> attention(Operand<TFloat32> x, int index) {
        String name = "layers." + index + ".";
        Attention attention = description.attention();
        Layer layer = description.layers().get(index);
        List<Operand<TFloat32>> qkv = layers.linears(x, name + "qkv");
        Operand<TFloat32> queries = heads(qkv.get(0), attention.heads(), name + "q_norm");
        Operand<TFloat32> keys = heads(qkv.get(1), attention.kvHeads(), name + "k_norm");
        Operand<TInt32> headShape = tf.constant(new int[] {-1, attention.headSize()});
        Operand<? extends TFloating> allKeys = cache.writeKeys(index, headRows, tf.reshape(keys, headShape));
        Operand<? extends TFloating> allValues = cache.writeValues(index, headRows, tf.reshape(qkv.get(2), headShape));
        Operand<TFloat32> scaled = tf.math.mul(
                tf.reshape(queries, tf.constant(new int[] {-1, attention.querySize()})),
                tf.constant(layer.attentionScale()));
        return layers.linear(List.of(attend(scaled, allKeys, allValues, layer.windowTokens())), name + "attention_out");
    }

    /** Norm and rotation of queries or keys, where the model has them: [tokens, heads, headSize]. */
    private Operand<TFloat32> heads(Operand<TFloat32> x, int count, String norm) {
        Operand<TFloat32> heads = x;
        Attention attention = description.attention();
        if (attention.headNorms() || description.positions() instanceof Rotary) {
            heads = tf.reshape(heads, tf.constant(new int[] {-1, count, attention.headSize()}));
        }
        if (attention.headNorms()) {
            heads = layers.norm(heads, norm);
        }
        return description.positions() instanceof Rotary ? rotated(heads) : heads;
    }

    /** As Hugging Face lays heads out: number i and number i + headSize / 2 are a pair. */
    private Operand<TFloat32> rotated(Operand<TFloat32> heads) {
        Operand<TFloat32> cosines = rotation("rotary.cosines");
        Operand<TFloat32> sines = rotation("rotary.sines");
        var halves = tf.split(tf.constant(2), heads, 2L).output();
        Operand<TFloat32> first = tf.math.sub(tf.math.mul(halves.get(0), cosines), tf.math.mul(halves.get(1), sines));
        Operand<TFloat32> second = tf.math.add(tf.math.mul(halves.get(1), cosines), tf.math.mul(halves.get(0), sines));
        return tf.concat(List.of(first, second), tf.constant(2));
    }

    private Operand<TFloat32> rotation(String table) {
        return tf.expandDims(tf.gather(weights.get(table), positions, tf.constant(0)), tf.constant(1));
    }

    private Operand<TFloat32> attend(
            Operand<TFloat32> queries,
            Operand<? extends TFloating> keys,
            Operand<? extends TFloating> values,
            int windowTokens) {
        int width = description.attention().querySize();
        Operand<TFloat32> decoded =
                decode.attend(decoding.input(queries), decoding.input(keys), decoding.input(values), windowTokens);
        Operand<TFloat32> prefilled = prefill.attend(
                prefilling.input(queries), prefilling.input(keys), prefilling.input(values), windowTokens);
        return tf.concat(List.of(decoding.output(decoded, width), prefilling.output(prefilled, width)), tf.constant(0));
    }
}
