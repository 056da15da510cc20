package io.gondola.scheduler.simulation;

import io.gondola.scheduler.simulation.LoadResult.Outcome;
import java.util.List;

/** What a load met in reality, in the same figures as a simulated run, so that the two can stand side by side. */
public final class RecordedRun {

    private RecordedRun() {}

    /**
     * One generation of the record.
     *
     * @param queueWaitNanos in the scheduler's queue; -1 if it never boarded
     * @param firstTokenNanos from the arrival; -1 without one
     * @param durationNanos from the arrival to the end
     * @param tokens it gave
     * @param cachedTokens tokens of its prompt that were computed before
     */
    public record End(
            LoadRequest request,
            Outcome outcome,
            long queueWaitNanos,
            long firstTokenNanos,
            long durationNanos,
            int tokens,
            int cachedTokens) {}

    public static LoadResult of(List<End> ends, long loadNanos) {
        LoadTally tally = new LoadTally(loadNanos);
        for (End end : ends) {
            tally.onEnd(
                    end.request,
                    end.outcome,
                    end.queueWaitNanos,
                    end.firstTokenNanos,
                    end.durationNanos,
                    end.tokens,
                    end.cachedTokens);
        }
        return tally.toResult("recorded", 0, 0);
    }
}
