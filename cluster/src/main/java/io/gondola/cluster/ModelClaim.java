package io.gondola.cluster;

/**
 * What a process says it has under a model's name, so that what does not belong together is not mixed.
 *
 * @param name the served name
 * @param tokenizer a fingerprint of the tokenizer; empty where the process has none
 * @param weights a fingerprint of the weights and of how they are computed; empty for a gateway
 */
public record ModelClaim(String name, String tokenizer, String weights) {

    /** No name and no fingerprint holds one. */
    private static final String SEPARATOR = "|";

    String toText() {
        return name + SEPARATOR + tokenizer + SEPARATOR + weights;
    }

    /** @throws IllegalArgumentException for a text that is no claim */
    static ModelClaim parse(String text) {
        String[] parts = text.split("\\|", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("no claim: " + text);
        }
        return new ModelClaim(parts[0], parts[1], parts[2]);
    }

    /** Why this does not belong to what {@code first} has; empty where it does. What one of them lacks is no difference. */
    String difference(ModelClaim first) {
        if (differs(tokenizer, first.tokenizer)) {
            return "its tokenizer is " + tokenizer + " and not " + first.tokenizer;
        }
        return differs(weights, first.weights)
                ? "its weights and precision are " + weights + " and not " + first.weights
                : "";
    }

    private static boolean differs(String one, String other) {
        return !one.isEmpty() && !other.isEmpty() && !one.equals(other);
    }
}
