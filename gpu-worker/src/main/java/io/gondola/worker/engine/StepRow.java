package io.gondola.worker.engine;

import io.gondola.protocol.SamplingParams;

/**
 * One sequence's part in a step: the tokens from {@code position} to {@code position + count - 1} of its history are
 * fed, and, where {@code sample} is set, the token behind them is drawn.
 *
 * @param slot row of the KV cache
 * @param history the sequence's tokens so far, prompt and output; longer than needed, only the first {@code position +
 *     count} matter, save for {@code scorePrompt}
 * @param promptLength how many of them are the client's prompt (penalties on the output do not count it)
 * @param position the position of the first fed token; positions before it are in the cache
 * @param count tokens fed, at least 1
 * @param sample whether to draw the token at {@code position + count}; false for a prefill chunk that is not the last
 * @param sampling how to draw; the random number depends on (seed, {@code position + count}) alone
 * @param topLogprobs as in {@link io.gondola.protocol.GenerationRequest#topLogprobs()}
 * @param scorePrompt whether the log probability of each history token at {@code position + 1 .. position + count},
 *     as far as it is a prompt token, is wanted
 */
@SuppressWarnings(
        "ArrayRecordComponent") // Identity is enough: rows live for one step, and histories are shared, not copied.
public record StepRow(
        int slot,
        int[] history,
        int promptLength,
        int position,
        int count,
        boolean sample,
        SamplingParams sampling,
        int topLogprobs,
        boolean scorePrompt) {

    public StepRow withSampling(SamplingParams newSampling) {
        return new StepRow(slot, history, promptLength, position, count, sample, newSampling, topLogprobs, scorePrompt);
    }
}
