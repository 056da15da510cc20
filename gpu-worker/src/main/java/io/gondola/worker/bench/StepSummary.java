package io.gondola.worker.bench;

import io.gondola.worker.bench.EngineBenchmark.Load;
import io.gondola.worker.bench.EngineBenchmark.Step;
import io.gondola.worker.engine.tensorflow.DecoderWork;
import java.util.List;

/**
 * The typical step of one kind under a load.
 *
 * @param sequences of the load
 * @param tokens fed, on average
 * @param contextTokens positions in the cache, all sequences together, on average
 * @param stepMillis the median
 * @param tokensPerSecond fed, all steps of the kind together
 * @param bytes that a step must read, on average
 * @param operations that a step must compute, on average
 * @param bandwidthShare of the machine's bandwidth that reading them in the median time takes
 * @param matrixShare likewise of its matrix rate
 */
public record StepSummary(
        int sequences,
        double tokens,
        double contextTokens,
        double stepMillis,
        double tokensPerSecond,
        double bytes,
        double operations,
        double bandwidthShare,
        double matrixShare) {

    /** @param steps at least one; those that prefill, or those that do not, are taken */
    static StepSummary of(Load load, List<Step> steps, boolean prefill, DecoderWork work, MachineRates machine) {
        List<Step> ofKind =
                steps.stream().filter(step -> step.prefill() == prefill).toList();
        long[] nanos = ofKind.stream().mapToLong(Step::nanos).sorted().toArray();
        double medianSeconds = (nanos[(nanos.length - 1) / 2] + nanos[nanos.length / 2]) / 2.0 / 1e9;
        double count = ofKind.size();
        double tokens = ofKind.stream().mapToLong(Step::tokens).sum() / count;
        double seconds = ofKind.stream().mapToLong(Step::nanos).sum() / 1e9;
        double bytes = ofKind.stream()
                        .mapToLong(step -> work.bytes(step.samples(), step.contextTokens()))
                        .sum()
                / count;
        double operations = ofKind.stream()
                        .mapToDouble(step -> work.operations(step.tokens(), step.samples(), step.lookBacks()))
                        .sum()
                / count;
        return new StepSummary(
                load.sequences(),
                tokens,
                ofKind.stream().mapToLong(Step::contextTokens).sum() / count,
                medianSeconds * 1e3,
                tokens * count / seconds,
                bytes,
                operations,
                bytes / medianSeconds / machine.bytesPerSecond(),
                operations / medianSeconds / machine.operationsPerSecond());
    }
}
