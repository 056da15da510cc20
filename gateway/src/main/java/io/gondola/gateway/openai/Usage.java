package io.gondola.gateway.openai;

/**
 * What a request cost.
 *
 * @param promptTokens tokens of its prompts, each prompt counted once whatever {@code n} is
 * @param completionTokens tokens generated, over all choices
 */
public record Usage(int promptTokens, int completionTokens) {

    public int totalTokens() {
        return promptTokens + completionTokens;
    }
}
