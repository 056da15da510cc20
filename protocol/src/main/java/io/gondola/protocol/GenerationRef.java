package io.gondola.protocol;

/**
 * One attempt at a generation. A message that names a stale attempt is ignored by whoever receives it; that is all the
 * fencing there is, and it needs no consensus.
 *
 * @param id the generation
 * @param attempt 0 for the first, one more each time the gateway submits it again
 */
public record GenerationRef(GenerationId id, int attempt) {

    public GenerationRef {
        if (attempt < 0) {
            throw new IllegalArgumentException("attempt must not be negative: " + attempt);
        }
    }

    @Override
    public String toString() {
        return id + "/" + attempt;
    }
}
