package io.gondola.gateway.text;

/**
 * Tokens of one sequence to text, piece by piece. The pieces and the rest together are exactly
 * {@link Tokenizer#decode} of all tokens. Not thread-safe.
 */
public interface IncrementalDetokenizer {

    /** The text that is certain after these tokens: never half a UTF-8 character; may be empty. */
    String append(int[] tokens);

    /** What was held back; nothing may be appended afterwards. */
    String finish();
}
