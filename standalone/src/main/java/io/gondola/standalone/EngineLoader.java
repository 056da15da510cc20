package io.gondola.standalone;

import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.simulated.SimulatedEngine;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.gondola.worker.engine.simulated.Sleeper;
import io.gondola.worker.engine.tensorflow.TensorFlowEngine;
import java.util.Arrays;
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

    /** Loads one model; takes as long as its weights are large. */
    InferenceEngine load(ModelSource source, ServedModel served) throws EngineException {
        long startNanos = System.nanoTime();
        InferenceEngine engine = config.engine() == EngineKind.SIMULATED
                ? simulate(served)
                : TensorFlowEngine.load(
                        source.name(),
                        source.directory(),
                        config.engineOptions(),
                        new ProgressLines(source.name(), System::nanoTime));
        LOG.info(
                "Loaded {} ({}, {} slots of {} tokens) in {} ms",
                source.name(),
                engine.describe().architecture(),
                engine.describe().slots(),
                engine.describe().contextTokensMax(),
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
