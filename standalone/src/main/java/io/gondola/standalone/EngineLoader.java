package io.gondola.standalone;

import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.worker.engine.AvailableMemory;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.ModelMemory;
import io.gondola.worker.engine.simulated.SimulatedEngine;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.gondola.worker.engine.simulated.Sleeper;
import io.gondola.worker.engine.tensorflow.TensorFlowEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the engines that a configuration asks for, and says how that goes. */
final class EngineLoader {

    private static final Logger LOG = LoggerFactory.getLogger(EngineLoader.class);
    private static final char REPLACEMENT = '\uFFFD';

    private final StandaloneConfig config;

    EngineLoader(StandaloneConfig config) {
        this.config = config;
    }

    /**
     * Loads all models; takes as long as their weights are large. Whether they fit is known before the first is read, and
     * how much of the memory each KV cache gets.
     */
    List<InferenceEngine> load(List<ServedModel> served) throws EngineException {
        List<Long> kvBytes = kvBytes();
        List<InferenceEngine> engines = new ArrayList<>();
        try {
            for (int i = 0; i < served.size(); i++) {
                engines.add(load(config.models().get(i), served.get(i), kvBytes.get(i)));
            }
            return engines;
        } catch (EngineException | RuntimeException | Error failure) {
            engines.forEach(InferenceEngine::close);
            throw failure;
        }
    }

    private List<Long> kvBytes() throws EngineException {
        if (config.engine() == EngineKind.SIMULATED) {
            return Collections.nCopies(config.models().size(), 0L);
        }
        List<ModelMemory> models = new ArrayList<>();
        for (ModelSource source : config.models()) {
            models.add(TensorFlowEngine.memory(source.name(), source.directory(), config.engineOptions()));
        }
        return config.kvMemory().divide(models, AvailableMemory.ofThisProcess());
    }

    private InferenceEngine load(ModelSource source, ServedModel served, long kvBytes) throws EngineException {
        long startNanos = System.nanoTime();
        InferenceEngine engine = config.engine() == EngineKind.SIMULATED
                ? simulate(served)
                : TensorFlowEngine.load(
                        source.name(),
                        source.directory(),
                        config.engineOptions().withKvBytesMax(kvBytes),
                        new ProgressLines(source.name(), System::nanoTime));
        LOG.info(
                "Loaded {} ({}, {} slots, context of {} tokens, KV cache of {} tokens) in {} ms",
                source.name(),
                engine.describe().architecture(),
                engine.describe().slots(),
                engine.describe().contextTokensMax(),
                engine.describe().kvTokensMax(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
        return engine;
    }

    private InferenceEngine simulate(ServedModel served) {
        LOG.warn("The answers of {} are simulated: made-up tokens, no model", served.name());
        SimulatedModel model = SimulatedModel.endless(
                served.name(),
                served.contextTokensMax(),
                served.vocabularySize(),
                config.engineOptions().slots(),
                silentTokens(served));
        return new SimulatedEngine(model, config.simulatedCosts(), Sleeper.real());
    }

    /** End tokens, and whatever shows nothing or half a character: a made-up text should at least be text. */
    private static int[] silentTokens(ServedModel served) {
        Tokenizer tokenizer = served.tokenizer();
        int[] endTokens = served.endTokens();
        int[] silent = IntStream.range(0, served.vocabularySize())
                .filter(token -> {
                    String text = tokenizer.decode(new int[] {token});
                    return text.isEmpty() || text.indexOf(REPLACEMENT) >= 0 || contains(endTokens, token);
                })
                .toArray();
        return silent.length < served.vocabularySize() ? silent : endTokens;
    }

    private static boolean contains(int[] tokens, int token) {
        return Arrays.stream(tokens).anyMatch(each -> each == token);
    }
}
