package io.gondola.gateway.openai;

import io.gondola.protocol.TokenLogprobs;
import java.util.List;

/**
 * A whole choice of an answer that is not streamed.
 *
 * @param index its place in the answer
 * @param text all of its text; with {@code echo} the prompt's first
 * @param logprobs of all its tokens; with {@code echo} the prompt's first; empty when none were asked for
 * @param finishReason {@code stop} or {@code length}
 */
public record FinishedChoice(int index, String text, List<TokenLogprobs> logprobs, String finishReason) {}
