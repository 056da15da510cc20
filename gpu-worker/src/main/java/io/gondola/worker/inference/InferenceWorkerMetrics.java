package io.gondola.worker.inference;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * The meters of one version of a model. {@code gondola_inference_rows_total / gondola_inference_runs_total} is the mean
 * size of a batch, as {@code nv_inference_count / nv_inference_exec_count} is with Triton.
 */
final class InferenceWorkerMetrics {

    private static final double[] RUN_BUCKET_SECONDS = {
        0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10
    };

    private final Counter rows;
    private final Counter runs;
    private final Counter failedRuns;
    private final Counter requests;
    private final DistributionSummary batchRows;
    private final Timer runSeconds;

    InferenceWorkerMetrics(MeterRegistry registry, String model, long version) {
        String[] tags = {"model", model, "version", String.valueOf(version)};
        rows = Counter.builder("gondola.inference.rows")
                .description("Inferences computed, a batch of one request counted by its rows")
                .tags(tags)
                .register(registry);
        runs = Counter.builder("gondola.inference.runs")
                .description("Runs of the model that computed them")
                .tags(tags)
                .register(registry);
        failedRuns = Counter.builder("gondola.inference.runs.failed")
                .description("Runs that the model failed")
                .tags(tags)
                .register(registry);
        requests = Counter.builder("gondola.inference.computed.requests")
                .description("Requests that were computed")
                .tags(tags)
                .register(registry);
        batchRows = DistributionSummary.builder("gondola.inference.batch.rows")
                .description("Rows of one run")
                .tags(tags)
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256)
                .register(registry);
        runSeconds = Timer.builder("gondola.inference.run")
                .description("Time of one run, with its tensors joined and taken apart")
                .tags(tags)
                .serviceLevelObjectives(Arrays.stream(RUN_BUCKET_SECONDS)
                        .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                        .toArray(Duration[]::new))
                .register(registry);
    }

    void onRun(BatchRunner.RunTimes run) {
        runSeconds.record(run.nanos(), TimeUnit.NANOSECONDS);
        if (run.requests() == 0) {
            failedRuns.increment();
            return;
        }
        runs.increment();
        rows.increment(run.rows());
        requests.increment(run.requests());
        batchRows.record(run.rows());
    }
}
