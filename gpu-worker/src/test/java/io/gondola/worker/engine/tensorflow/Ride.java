package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One sequence's way through an engine, step by step: prefill in chunks, then one token after another. */
final class Ride {

    final int[] prompt;
    final int outputTokens;
    final SamplingParams sampling;
    int slot = -1;
    int position;
    int[] history;
    final List<RowResult> results = new ArrayList<>();

    Ride(int[] prompt, int outputTokens, SamplingParams sampling) {
        this.prompt = prompt;
        this.outputTokens = outputTokens;
        this.sampling = sampling;
        this.history = prompt.clone();
    }

    static Ride greedy(int[] prompt, int outputTokens) {
        return new Ride(prompt, outputTokens, SamplingParams.greedy());
    }

    boolean isDone() {
        return history.length == prompt.length + outputTokens;
    }

    int[] output() {
        return Arrays.copyOfRange(history, prompt.length, history.length);
    }

    /** The next row, with at most this many tokens. */
    StepRow next(int chunkTokensMax) {
        int count = Math.min(chunkTokensMax, history.length - position);
        boolean sample = position + count == history.length;
        return new StepRow(slot, history, prompt.length, position, count, sample, sampling, -1, false);
    }

    void onResult(StepRow row, RowResult result) {
        position += row.count();
        results.add(result);
        if (row.sample()) {
            history = Arrays.copyOf(history, history.length + 1);
            history[history.length - 1] = result.token();
        }
    }

    /** Runs alone, the prompt in chunks of this size. */
    Ride alone(InferenceEngine engine, int inSlot, int chunkTokensMax) throws EngineException {
        slot = inSlot;
        while (!isDone()) {
            StepRow row = next(chunkTokensMax);
            onResult(row, engine.step(new StepBatch(List.of(row))).rows().get(0));
        }
        return this;
    }
}
