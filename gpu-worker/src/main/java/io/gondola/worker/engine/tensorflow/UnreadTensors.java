package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.Checkpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tensors of a checkpoint that the decoder does not read. One that belongs to what it does read, a layer's further norm or a
 * bias that config.json does not announce, would change every answer: a model without it is another model. What lies
 * elsewhere, such as the head of a classifier or a vision tower, is not needed for text and is told of.
 */
final class UnreadTensors {

    /** Tables that a model computes anyway, masks, and scales of a KV cache in eight bits. */
    private static final List<String> HARMLESS = List.of(
            ".rotary_emb.inv_freq",
            ".rotary_emb.cos_cached",
            ".rotary_emb.sin_cached",
            ".attn.bias",
            ".attn.masked_bias",
            ".k_scale",
            ".v_scale");

    private static final Pattern LAYER = Pattern.compile("(.*?\\.)?\\d+\\..*");
    private static final String BIAS = ".bias";
    private static final String WEIGHT = ".weight";

    private UnreadTensors() {}

    /**
     * Those that are told of.
     *
     * @throws EngineException for the first that would change answers
     */
    static List<String> of(Collection<WeightSpec> specs, Checkpoint checkpoint, String architecture)
            throws EngineException {
        Set<String> read = specs.stream()
                .flatMap(spec -> spec.parts().stream())
                .map(WeightSpec.Part::tensor)
                .collect(Collectors.toSet());
        Set<String> layers = read.stream()
                .map(UnreadTensors::layers)
                .flatMap(Optional::stream)
                .collect(Collectors.toSet());
        List<String> elsewhere = new ArrayList<>();
        for (String name : checkpoint.names()) {
            if (read.contains(name)
                    || name.equals(Architecture.HEAD)
                    || HARMLESS.stream().anyMatch(name::endsWith)) {
                continue;
            }
            if (layers(name).filter(layers::contains).isPresent() || isBias(name, read)) {
                throw checkpoint.error("tensor \"" + name + "\" is not read by " + architecture
                        + " with this config.json; without it answers would be another model's");
            }
            elsewhere.add(name);
        }
        return elsewhere;
    }

    /** What the names of all layers begin with, where this is the name of a layer's tensor. */
    private static Optional<String> layers(String name) {
        Matcher matcher = LAYER.matcher(name);
        return matcher.matches() ? Optional.of(String.valueOf(matcher.group(1))) : Optional.empty();
    }

    private static boolean isBias(String name, Set<String> read) {
        String weight = name.endsWith(BIAS) ? name.substring(0, name.length() - BIAS.length()) + WEIGHT : "";
        return read.contains(weight) || weight.equals(Architecture.HEAD);
    }
}
