package io.gondola.worker.engine.tensorflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What other implementations answered: fixtures/{model}/reference.json, and the demo model's golden.json. */
final class ReferenceCases {

    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final String DEMO = "gondola-guide";

    /** @param firstLogits after the prompt; empty where the file has none */
    record Case(int[] prompt, int[] greedy, float[] firstLogits) {}

    private ReferenceCases() {}

    static Path directory(String model) {
        return ROOT.resolve(model.equals(DEMO) ? "models" : "fixtures").resolve(model);
    }

    /** The model, loaded. */
    static TensorFlowEngine load(String model, int slots, Precision precision) throws EngineException {
        return load(model, EngineOptions.ofSlots(slots).withPrecision(precision));
    }

    static TensorFlowEngine load(String model, EngineOptions options) throws EngineException {
        return TensorFlowEngine.load(model, directory(model), options, LoadProgress.NONE);
    }

    static List<Case> of(String model) {
        boolean demo = model.equals(DEMO);
        Path file = demo
                ? ROOT.resolve("models/training/golden.json")
                : directory(model).resolve("reference.json");
        try {
            JsonNode root = new ObjectMapper().readTree(file.toFile());
            List<Case> cases = new ArrayList<>();
            for (JsonNode node : demo ? root : root.get("cases")) {
                cases.add(new Case(
                        ints(node.get("prompt_ids")),
                        ints(node.get(demo ? "output_ids" : "greedy_ids")),
                        floats(node.path("first_logits"))));
            }
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ints(JsonNode node) {
        int[] ints = new int[node.size()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = node.get(i).intValue();
        }
        return ints;
    }

    private static float[] floats(JsonNode node) {
        float[] floats = new float[node.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = node.get(i).floatValue();
        }
        return floats;
    }
}
