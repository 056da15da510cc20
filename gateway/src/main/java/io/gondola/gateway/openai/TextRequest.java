package io.gondola.gateway.openai;

import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import java.util.List;

/**
 * A valid request for text: nothing past it has to doubt a field. Its generations are {@code prompts x n}; the choice
 * of prompt p and number i has the index {@code p * n + i} in the answer.
 *
 * @param kind which API it came by, so which shape the answer has
 * @param model the model it names
 * @param prompts at least one
 * @param n choices for each prompt
 * @param sampling how tokens are drawn; its seed is the request's, see {@link #samplingOf}
 * @param seeded whether the client named the seed; otherwise it was drawn
 * @param stopStrings end a generation; may be empty
 * @param stopTokens end a generation; empty with {@code ignore_eos}
 * @param topLogprobs -1 none, 0 the chosen token's, n also the n likeliest
 * @param echo whether the answer begins with the prompt's text
 * @param stream whether the answer is a stream of events
 * @param includeUsage whether a stream ends with a usage chunk
 * @param tenant the owner of the API key; without keys {@code user}, "" for nobody in particular
 * @param tenantWeight how many times the service of a tenant of weight 1 it is to get
 * @param requestClass priority
 * @param timeoutNanos the deadline, from now
 */
public record TextRequest(
        Kind kind,
        ServedModel model,
        List<Prompt> prompts,
        int n,
        SamplingParams sampling,
        boolean seeded,
        List<String> stopStrings,
        int[] stopTokens,
        int topLogprobs,
        boolean echo,
        boolean stream,
        boolean includeUsage,
        String tenant,
        int tenantWeight,
        RequestClass requestClass,
        long timeoutNanos) {

    /** The API a request came by. */
    public enum Kind {
        CHAT,
        COMPLETION,
        GENERATE,
        TRITON;

        /** Whether the answer goes on where the prompt ends; otherwise it begins a text. */
        public boolean continuesPrompt() {
            return this == COMPLETION || this == TRITON;
        }
    }

    /**
     * One prompt.
     *
     * @param text its text as {@code echo} repeats it; empty when {@code echo} is not asked for
     * @param tokens at least one
     * @param maxTokens how long its output may be: fits the context; 0 only to score a prompt (echo)
     */
    public record Prompt(String text, int[] tokens, int maxTokens) {}

    public TextRequest {
        prompts = List.copyOf(prompts);
        stopStrings = List.copyOf(stopStrings);
    }

    /** Choices in the answer: one generation each. */
    public int generations() {
        return prompts.size() * n;
    }

    /** Whether the worker has to score the prompt's tokens. */
    public boolean promptLogprobs() {
        return echo && topLogprobs >= 0;
    }

    /**
     * The sampling of one choice. Choices of a prompt have different seeds, mixed from the request's; the first has the
     * request's own. The same prompt twice in one request gives different texts unless the client named a seed.
     */
    public SamplingParams samplingOf(int prompt, int choice) {
        int index = seeded ? choice : prompt * n + choice;
        return index == 0 ? sampling : withSeed(mix(sampling.seed(), index));
    }

    private SamplingParams withSeed(long seed) {
        return new SamplingParams(
                sampling.temperature(),
                sampling.topP(),
                sampling.topK(),
                sampling.minP(),
                seed,
                sampling.presencePenalty(),
                sampling.frequencyPenalty(),
                sampling.repetitionPenalty(),
                sampling.biasTokens(),
                sampling.biasValues());
    }

    /** SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): seeds that look unrelated for neighbouring indices. */
    private static long mix(long seed, int index) {
        long z = seed + index * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
