package io.gondola.gateway.openai;

/**
 * What a request cost.
 *
 * @param promptTokens tokens of its prompts, each prompt counted once whatever {@code n} is
 * @param cachedTokens those of them that a worker had in its KV cache already
 * @param completionTokens tokens generated, over all choices
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens) {

    public int totalTokens() {
        return promptTokens + completionTokens;
    }
}
