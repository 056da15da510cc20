package io.gondola.protocol.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the requests of one version since it was loaded, and what it took, as Triton counts: all that stands here
 * only ever grows, and times are those of each request, also where several shared a run.
 *
 * @param rows inferences computed: a request that brings a batch counts by its rows
 * @param runs of the engine that computed them
 * @param lastMillis when the last was computed, in milliseconds since 1970; 0 for never
 * @param succeeded requests that were computed, and their time from the queue to the result
 * @param failed requests that were not
 * @param queued the time that those computed waited in the queue
 * @param input the time in which their inputs were joined
 * @param infer the time that the engine took
 * @param output the time in which the outputs were taken apart
 * @param batches by the number of rows of a run, ascending
 */
public record ModelStatistics(
        long rows,
        long runs,
        long lastMillis,
        Spent succeeded,
        Spent failed,
        Spent queued,
        Spent input,
        Spent infer,
        Spent output,
        List<Batches> batches) {

    /** Batch sizes that are told apart; runs of others count in the sums alone. */
    public static final int BATCH_SIZES_MAX = 256;

    /** Of a version that has done nothing. */
    public static final ModelStatistics NONE = new ModelStatistics(
            0, 0, 0, Spent.NONE, Spent.NONE, Spent.NONE, Spent.NONE, Spent.NONE, Spent.NONE, List.of());

    /** So many times something was done, and how long it took in all. */
    public record Spent(long count, long nanos) {

        public static final Spent NONE = new Spent(0, 0);

        public Spent plus(long moreNanos) {
            return new Spent(count + 1, nanos + moreNanos);
        }

        public Spent plus(Spent other) {
            return new Spent(count + other.count, nanos + other.nanos);
        }
    }

    /** Runs of one size: how many, and what they took. */
    public record Batches(long rows, long runs, long inputNanos, long inferNanos, long outputNanos) {

        public Batches plus(Batches other) {
            return new Batches(
                    rows,
                    runs + other.runs,
                    inputNanos + other.inputNanos,
                    inferNanos + other.inferNanos,
                    outputNanos + other.outputNanos);
        }
    }

    public ModelStatistics {
        batches = List.copyOf(batches);
    }

    /** Both together. */
    public ModelStatistics plus(ModelStatistics other) {
        TreeMap<Long, Batches> bySize = bySize();
        other.batches.forEach(each -> bySize.merge(each.rows(), each, Batches::plus));
        return new ModelStatistics(
                rows + other.rows,
                runs + other.runs,
                Math.max(lastMillis, other.lastMillis),
                succeeded.plus(other.succeeded),
                failed.plus(other.failed),
                queued.plus(other.queued),
                input.plus(other.input),
                infer.plus(other.infer),
                output.plus(other.output),
                List.copyOf(bySize.values()));
    }

    /** The same with more that failed. */
    public ModelStatistics plusFailed(Spent more) {
        return new ModelStatistics(
                rows, runs, lastMillis, succeeded, failed.plus(more), queued, input, infer, output, batches);
    }

    /** This one, which is newer and names only those batch sizes that changed, with those that did not. */
    public ModelStatistics over(ModelStatistics older) {
        Map<Long, Batches> bySize = older.bySize();
        batches.forEach(each -> bySize.put(each.rows(), each));
        return withBatches(new ArrayList<>(bySize.values()));
    }

    public ModelStatistics withBatches(List<Batches> newBatches) {
        return new ModelStatistics(rows, runs, lastMillis, succeeded, failed, queued, input, infer, output, newBatches);
    }

    private TreeMap<Long, Batches> bySize() {
        TreeMap<Long, Batches> bySize = new TreeMap<>();
        batches.forEach(each -> bySize.put(each.rows(), each));
        return bySize;
    }
}
