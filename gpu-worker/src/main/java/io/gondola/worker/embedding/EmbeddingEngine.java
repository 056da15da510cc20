package io.gondola.worker.embedding;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.protocol.inference.TextInputs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import io.gondola.worker.engine.TensorEngine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model that takes text as tokens, with one output more: a vector for each text. It is made here, beside the graph, so
 * that a few kilobytes travel for a text and not a vector for each of its tokens.
 */
public final class EmbeddingEngine implements TensorEngine {

    /** The output, by the name that sentence-transformers gives it. */
    public static final String OUTPUT = "sentence_embedding";

    private static final List<String> OF_TOKENS = List.of("token_embeddings", "last_hidden_state");
    private static final Set<Datatype> FLOATS = Set.of(Datatype.FP32, Datatype.FP16, Datatype.BF16, Datatype.FP64);

    private final TensorEngine graph;
    private final List<Signature> signatures;
    private final TensorSpec source;
    private final SentenceModules modules;
    private final int batchTokensMax;
    private final int dimensions;

    private EmbeddingEngine(TensorEngine graph, TensorSpec source, SentenceModules modules, int batchTokensMax) {
        this.graph = graph;
        this.source = source;
        this.modules = modules;
        this.batchTokensMax = batchTokensMax;
        this.dimensions = dimensionsOf(source, modules);
        this.signatures = signatures(graph, source, dimensions);
    }

    /**
     * The model with its vectors; null for one that is not meant to give any: it takes something else than tokens, or has no
     * output by a name known.
     *
     * @param textFiles the directory with the tokenizer and what sentence-transformers puts beside it
     * @throws EngineException for one whose files ask for what cannot be computed here
     */
    public static @Nullable EmbeddingEngine tryWrap(TensorEngine graph, Path textFiles, EmbeddingOptions options)
            throws EngineException {
        Signature signature = graph.signatures().get(0);
        boolean isMeant = !options.equals(EmbeddingOptions.DEFAULT) || SentenceModules.areIn(textFiles);
        TensorSpec source = tryFindSource(signature, options, isMeant);
        if (source != null && TextInputs.fit(signature)) {
            SentenceModules modules = SentenceModules.read(textFiles, options);
            return new EmbeddingEngine(
                    graph, source, isOfTokens(source) ? modules : modules.ofSentence(), options.batchTokensMax());
        }
        if (isMeant) {
            throw new EngineException("expected inputs of tokens, and "
                    + (options.output().isEmpty()
                            ? "an output called " + OUTPUT + ", " + String.join(" or ", OF_TOKENS)
                                    + ", or one alone with 3 dimensions"
                            : "an output '" + options.output() + "' of numbers with 2 or 3 dimensions")
                    + "; there is " + signature);
        }
        return null;
    }

    private static @Nullable TensorSpec tryFindSource(Signature signature, EmbeddingOptions options, boolean isMeant) {
        List<String> names = new ArrayList<>();
        if (!options.output().isEmpty()) {
            names.add(options.output());
        } else {
            // How the tokens are pooled was said: then not what the graph pooled.
            if (options.pooling().isEmpty()) {
                names.add(OUTPUT);
            }
            names.addAll(OF_TOKENS);
        }
        for (String name : names) {
            TensorSpec spec = signature.tryOutput(name);
            if (spec != null && isVectors(spec)) {
                return spec;
            }
        }
        // Exports by hand have outputs of any name.
        List<TensorSpec> ofTokens = signature.outputs().stream()
                .filter(spec -> isVectors(spec) && isOfTokens(spec))
                .toList();
        return isMeant && options.output().isEmpty() && ofTokens.size() == 1 ? ofTokens.get(0) : null;
    }

    private static boolean isVectors(TensorSpec output) {
        return FLOATS.contains(output.datatype()) && (isOfTokens(output) || output.shape().length == 2);
    }

    private static boolean isOfTokens(TensorSpec output) {
        return output.shape().length == 3;
    }

    private static int dimensionsOf(TensorSpec source, SentenceModules modules) {
        long last = source.shape()[source.shape().length - 1];
        int width = last == TensorSpec.ANY ? 0 : Math.toIntExact(last);
        if (isOfTokens(source)) {
            width *= modules.pooling().size();
        }
        for (VectorStep step : modules.steps()) {
            width = step.widthAfter(width);
        }
        return width;
    }

    private static List<Signature> signatures(TensorEngine graph, TensorSpec source, int dimensions) {
        List<Signature> signatures = new ArrayList<>(graph.signatures());
        Signature own = signatures.get(0);
        List<TensorSpec> outputs = new ArrayList<>(own.outputs());
        outputs.removeIf(output -> output.name().equals(OUTPUT));
        outputs.add(new TensorSpec(
                OUTPUT, Datatype.FP32, new long[] {source.shape()[0], dimensions == 0 ? TensorSpec.ANY : dimensions}));
        signatures.set(0, new Signature(own.name(), own.inputs(), outputs));
        return List.copyOf(signatures);
    }

    /** @param tokenizer what tells its text files apart */
    public EmbeddingOutput describe(String tokenizer) {
        return new EmbeddingOutput(OUTPUT, dimensions, modules.isNormalized(), tokenizer);
    }

    @Override
    public String platform() {
        return graph.platform();
    }

    @Override
    public boolean mayHaveBatchDimension() {
        return graph.mayHaveBatchDimension();
    }

    @Override
    public List<Signature> signatures() {
        return signatures;
    }

    @Override
    public List<Tensor> run(String signature, List<JoinedInput> inputs, List<String> outputs) throws EngineException {
        if (!outputs.contains(OUTPUT) || !signature.equals(signatures.get(0).name())) {
            return graph.run(signature, inputs, outputs);
        }
        if (outputs.size() == 1) {
            return List.of(vectors(signature, inputs));
        }
        List<String> others = new ArrayList<>(outputs);
        others.remove(OUTPUT);
        if (!others.contains(source.name())) {
            others.add(source.name());
        }
        List<Tensor> given = graph.run(signature, inputs, others);
        List<Tensor> results = new ArrayList<>();
        for (String output : outputs) {
            results.add(
                    output.equals(OUTPUT)
                            ? toTensor(vectorsOf(given.get(others.indexOf(source.name())), inputs))
                            : given.get(others.indexOf(output)));
        }
        return results;
    }

    /** As many texts at a time as {@code batchTokensMax} lets. */
    private Tensor vectors(String signature, List<JoinedInput> inputs) throws EngineException {
        JoinedInput ids = TokenRows.require(inputs, TextInputs.INPUT_IDS);
        long texts = ids.shape()[0];
        int textsMax = (int) Math.max(1, batchTokensMax / Math.max(1, ids.shape()[1]));
        List<float[]> vectors = new ArrayList<>();
        for (int from = 0; from < texts; from += textsMax) {
            int to = (int) Math.min(texts, (long) from + textsMax);
            List<JoinedInput> some = new ArrayList<>();
            for (JoinedInput input : inputs) {
                some.add(TokenRows.of(input, from, to));
            }
            vectors.addAll(
                    vectorsOf(graph.run(signature, some, List.of(source.name())).get(0), some));
        }
        return toTensor(vectors);
    }

    private List<float[]> vectorsOf(Tensor output, List<JoinedInput> inputs) throws EngineException {
        long[] shape = output.shape();
        JoinedInput ids = TokenRows.require(inputs, TextInputs.INPUT_IDS);
        boolean isOfTokens = isOfTokens(source);
        if (shape.length != source.shape().length
                || shape[0] != ids.shape()[0]
                || (isOfTokens && shape[1] != ids.shape()[1])) {
            throw new EngineException(
                    "The model gave " + output + " for " + ids.shape()[0] + " texts of " + ids.shape()[1] + " tokens.");
        }
        List<long[]> masks = isOfTokens ? TokenRows.masks(inputs) : List.of();
        List<float[]> vectors = new ArrayList<>();
        for (int text = 0; text < shape[0]; text++) {
            float[] vector = FloatRows.read(output, text);
            if (isOfTokens) {
                vector = pooled(new TokenVectors(vector, masks.get(text)));
            }
            for (VectorStep step : modules.steps()) {
                vector = step.apply(vector);
            }
            vectors.add(vector);
        }
        return vectors;
    }

    private float[] pooled(TokenVectors tokens) {
        float[] vector = new float[tokens.width() * modules.pooling().size()];
        int at = 0;
        for (Pooling pooling : modules.pooling()) {
            pooling.pool(tokens, vector, at);
            at += tokens.width();
        }
        return vector;
    }

    private static Tensor toTensor(List<float[]> vectors) {
        int width = vectors.isEmpty() ? 0 : vectors.get(0).length;
        ByteBuffer data = ByteBuffer.allocate(Math.multiplyExact(vectors.size(), width * Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float[] vector : vectors) {
            data.asFloatBuffer().put(vector);
            data.position(data.position() + vector.length * Float.BYTES);
        }
        return new Tensor(OUTPUT, Datatype.FP32, new long[] {vectors.size(), width}, data.array());
    }

    @Override
    public void close() {
        graph.close();
    }
}
