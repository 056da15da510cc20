package io.gondola.worker.inference;

import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatistics.Batches;
import io.gondola.protocol.inference.ModelStatistics.Spent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/** What became of the requests of one loaded version; see {@link ModelStatistics}. Any thread. */
final class ModelCounts {

    private final LongSupplier clockMillis;
    private final TreeMap<Long, Batches> bySize = new TreeMap<>();
    private final Set<Long> changedSizes = new TreeSet<>();
    private ModelStatistics sums = ModelStatistics.NONE;

    /** @param clockMillis milliseconds since 1970 */
    ModelCounts(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
    }

    /** A run ended well. */
    synchronized void onRun(BatchRunner.RunTimes run) {
        long requests = run.requests();
        sums = new ModelStatistics(
                sums.rows() + run.rows(),
                sums.runs() + 1,
                clockMillis.getAsLong(),
                sums.succeeded(),
                sums.failed(),
                sums.queued(),
                // All in a run spend its time together.
                sums.input().plus(new Spent(requests, requests * run.inputNanos())),
                sums.infer().plus(new Spent(requests, requests * run.inferNanos())),
                sums.output().plus(new Spent(requests, requests * run.outputNanos())),
                List.of());
        if (bySize.containsKey(run.rows()) || bySize.size() < ModelStatistics.BATCH_SIZES_MAX) {
            Batches one = new Batches(run.rows(), 1, run.inputNanos(), run.inferNanos(), run.outputNanos());
            bySize.merge(run.rows(), one, Batches::plus);
            changedSizes.add(run.rows());
        }
    }

    /** These were answered. */
    synchronized void onResults(List<InferenceResult> results) {
        Spent succeeded = sums.succeeded();
        Spent failed = sums.failed();
        Spent queued = sums.queued();
        for (InferenceResult result : results) {
            long nanos = result.queueNanos() + result.computeNanos();
            if (result.failure() == null) {
                succeeded = succeeded.plus(nanos);
                queued = queued.plus(result.queueNanos());
            } else {
                failed = failed.plus(nanos);
            }
        }
        sums = new ModelStatistics(
                sums.rows(),
                sums.runs(),
                sums.lastMillis(),
                succeeded,
                failed,
                queued,
                sums.input(),
                sums.infer(),
                sums.output(),
                List.of());
    }

    synchronized ModelStatistics all() {
        return sums.withBatches(List.copyOf(bySize.values()));
    }

    /** With those batch sizes alone that changed since the last time. */
    synchronized ModelStatistics takeChanged() {
        List<Batches> changed = new ArrayList<>();
        for (long size : changedSizes) {
            Batches batches = bySize.get(size);
            if (batches != null) {
                changed.add(batches);
            }
        }
        changedSizes.clear();
        return sums.withBatches(changed);
    }
}
