package io.gondola.protocol;

import java.util.Arrays;

/**
 * The log probability of one token and of the likeliest ones at its place: natural logarithms of the softmax of the
 * model's raw logits (before temperature, penalties and filters), as OpenAI and vLLM report them.
 *
 * @param token the token id
 * @param logprob its log probability; {@link Float#NaN} for the first token of a prompt, which nothing precedes
 * @param topTokens the likeliest token ids, likeliest first; may lack {@code token}
 * @param topLogprobs their log probabilities; same length
 */
public record TokenLogprobs(int token, float logprob, int[] topTokens, float[] topLogprobs) {

    public TokenLogprobs {
        if (topTokens.length != topLogprobs.length) {
            throw new IllegalArgumentException(topTokens.length + " tokens, " + topLogprobs.length + " values");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenLogprobs that
                && token == that.token
                && Float.compare(logprob, that.logprob) == 0
                && Arrays.equals(topTokens, that.topTokens)
                && Arrays.equals(topLogprobs, that.topLogprobs);
    }

    @Override
    public int hashCode() {
        return 31 * token + Float.hashCode(logprob);
    }
}
