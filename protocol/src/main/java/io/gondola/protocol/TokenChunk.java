package io.gondola.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one step (or a few) gave one generation.
 *
 * @param ref the generation; chunks of a stale attempt are ignored
 * @param offset index in the output of the first of {@code tokens}, so that a repeated or missing chunk shows
 * @param tokens new token ids, stop token excluded; may be empty when {@code finish} is set or the prompt was scored
 * @param logprobs one for each of {@code tokens}, or empty when none were asked for
 * @param promptLogprobs one for each prompt token, once, when asked for; otherwise empty
 * @param finish why it ended, or null while it goes on
 * @param error with {@link FinishReason#ERROR}, what happened, in words fit for a client; otherwise empty
 * @param start with the first chunk of an attempt whose prompt was computed, how it began; otherwise null
 */
public record TokenChunk(
        GenerationRef ref,
        int offset,
        int[] tokens,
        List<TokenLogprobs> logprobs,
        List<TokenLogprobs> promptLogprobs,
        @Nullable FinishReason finish,
        String error,
        @Nullable AttemptStart start) {

    public TokenChunk {
        logprobs = List.copyOf(logprobs);
        promptLogprobs = List.copyOf(promptLogprobs);
        if (!logprobs.isEmpty() && logprobs.size() != tokens.length) {
            throw new IllegalArgumentException(tokens.length + " tokens, " + logprobs.size() + " log probabilities");
        }
    }

    /** A chunk that is not the first of its attempt. */
    public TokenChunk(
            GenerationRef ref,
            int offset,
            int[] tokens,
            List<TokenLogprobs> logprobs,
            List<TokenLogprobs> promptLogprobs,
            @Nullable FinishReason finish,
            String error) {
        this(ref, offset, tokens, logprobs, promptLogprobs, finish, error, null);
    }

    /** The end of a generation, without a token. */
    public static TokenChunk end(GenerationRef ref, int offset, FinishReason finish, String error) {
        return new TokenChunk(ref, offset, new int[0], List.of(), List.of(), finish, error);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenChunk that
                && ref.equals(that.ref)
                && offset == that.offset
                && Arrays.equals(tokens, that.tokens)
                && logprobs.equals(that.logprobs)
                && promptLogprobs.equals(that.promptLogprobs)
                && finish == that.finish
                && error.equals(that.error)
                && Objects.equals(start, that.start);
    }

    @Override
    public int hashCode() {
        return 31 * ref.hashCode() + offset;
    }
}
