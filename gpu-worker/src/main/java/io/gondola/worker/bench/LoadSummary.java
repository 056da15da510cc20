package io.gondola.worker.bench;

import io.gondola.worker.bench.EngineBenchmark.Load;
import io.gondola.worker.bench.EngineBenchmark.Step;
import io.gondola.worker.engine.tensorflow.DecoderWork;
import java.util.List;

/**
 * What one load gave.
 *
 * @param prefill the typical step that feeds prompts
 * @param decode the typical step that feeds a token of each sequence
 * @param outputTokensPerSecond from the first step to the last, prompts included
 */
public record LoadSummary(Load load, StepSummary prefill, StepSummary decode, double outputTokensPerSecond) {

    /** @param steps of all rounds that count */
    public static LoadSummary of(Load load, List<Step> steps, DecoderWork work, MachineRates machine) {
        double seconds = steps.stream().mapToLong(Step::nanos).sum() / 1e9;
        long outputTokens = steps.stream().mapToLong(Step::samples).sum();
        return new LoadSummary(
                load,
                StepSummary.of(load, steps, true, work, machine),
                StepSummary.of(load, steps, false, work, machine),
                outputTokens / seconds);
    }
}
