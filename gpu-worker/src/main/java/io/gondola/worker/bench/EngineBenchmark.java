package io.gondola.worker.bench;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Runs an engine as a worker's step loop would, with nothing around it: some sequences that all arrive at once, their
 * prompts in chunks within the budget of a step, then a token each a step. The first round warms up and is not counted.
 */
public final class EngineBenchmark {

    /**
     * One load.
     *
     * @param sequences that arrive at once
     * @param promptTokens of each
     * @param outputTokens of each, at least 2: the first comes with the prompt
     */
    public record Load(int sequences, int promptTokens, int outputTokens) {
        public Load {
            if (sequences < 1 || promptTokens < 1 || outputTokens < 2) {
                throw new IllegalArgumentException("a load has sequences, a prompt, and tokens to decode");
            }
        }
    }

    /**
     * A step that was run.
     *
     * @param tokens fed
     * @param samples tokens drawn
     * @param contextTokens positions in the cache once it is done, its sequences together
     * @param lookBacks positions that each fed token looked at, all tokens together
     * @param prefill whether it fed prompts
     */
    public record Step(int tokens, int samples, long contextTokens, long lookBacks, boolean prefill, long nanos) {}

    private final InferenceEngine engine;
    private final int stepPrefillTokensMax;
    private final LongSupplier nanoTime;

    /** @param stepPrefillTokensMax prompt tokens in one step */
    public EngineBenchmark(InferenceEngine engine, int stepPrefillTokensMax, LongSupplier nanoTime) {
        this.engine = engine;
        this.stepPrefillTokensMax = stepPrefillTokensMax;
        this.nanoTime = nanoTime;
    }

    /** All steps of the rounds that count, in order. Slots 0 to {@code sequences - 1} must be empty, and are again. */
    public List<Step> run(Load load, int rounds) throws EngineException {
        List<Step> steps = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            List<Step> ofRound = round(load, round);
            if (round > 0) {
                steps.addAll(ofRound);
            }
        }
        return steps;
    }

    private List<Step> round(Load load, int round) throws EngineException {
        int[][] histories = new int[load.sequences()][];
        int[] positions = new int[load.sequences()];
        for (int slot = 0; slot < histories.length; slot++) {
            histories[slot] = prompt(load, slot, round);
        }
        List<Step> steps = new ArrayList<>();
        for (List<StepRow> rows = prefill(load, histories, positions); !rows.isEmpty(); ) {
            steps.add(step(rows, histories, positions, true));
            rows = prefill(load, histories, positions);
        }
        for (int i = 1; i < load.outputTokens(); i++) {
            List<StepRow> rows = new ArrayList<>();
            for (int slot = 0; slot < histories.length; slot++) {
                rows.add(row(load, slot, histories[slot], positions[slot], 1, true));
            }
            steps.add(step(rows, histories, positions, false));
        }
        for (int slot = 0; slot < histories.length; slot++) {
            engine.release(slot);
        }
        return steps;
    }

    /** Room for prompt and output; the prompt is of other tokens in each slot and round. */
    private int[] prompt(Load load, int slot, int round) {
        int[] history = new int[load.promptTokens() + load.outputTokens()];
        SplittableRandom random = new SplittableRandom(31L * slot + round);
        for (int i = 0; i < load.promptTokens(); i++) {
            history[i] = random.nextInt(engine.describe().vocabularySize());
        }
        return history;
    }

    /** The next chunks of the prompts, the first slots first; none once all are done. */
    private List<StepRow> prefill(Load load, int[][] histories, int[] positions) {
        List<StepRow> rows = new ArrayList<>();
        int tokensLeft = stepPrefillTokensMax;
        for (int slot = 0; slot < histories.length && tokensLeft > 0; slot++) {
            int count = Math.min(tokensLeft, load.promptTokens() - positions[slot]);
            if (count > 0) {
                boolean last = positions[slot] + count == load.promptTokens();
                rows.add(row(load, slot, histories[slot], positions[slot], count, last));
                tokensLeft -= count;
            }
        }
        return rows;
    }

    private static StepRow row(Load load, int slot, int[] history, int position, int count, boolean sample) {
        return new StepRow(
                slot, history, load.promptTokens(), position, count, sample, SamplingParams.greedy(), -1, false);
    }

    private Step step(List<StepRow> rows, int[][] histories, int[] positions, boolean prefill) throws EngineException {
        long startNanos = nanoTime.getAsLong();
        var results = engine.step(new StepBatch(rows)).rows();
        long nanos = nanoTime.getAsLong() - startNanos;
        int tokens = 0;
        int samples = 0;
        long contextTokens = 0;
        long lookBacks = 0;
        for (int i = 0; i < rows.size(); i++) {
            StepRow row = rows.get(i);
            int end = row.position() + row.count();
            positions[row.slot()] = end;
            if (row.sample()) {
                // A token that is none (the numbers overflowed) goes on as the first of the vocabulary: time is asked.
                histories[row.slot()][end] = Math.max(0, results.get(i).token());
                samples++;
            }
            tokens += row.count();
            contextTokens += end;
            lookBacks += (long) row.count() * row.position() + (row.count() + 1L) * row.count() / 2;
        }
        return new Step(tokens, samples, contextTokens, lookBacks, prefill, nanos);
    }
}
