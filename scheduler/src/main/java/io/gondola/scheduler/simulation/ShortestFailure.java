package io.gondola.scheduler.simulation;

import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The shortest way found to a failure: happenings are left out, first many at a time, then one by one, as long as the
 * world still fails. As in delta debugging, the result is short, not provably the shortest.
 */
final class ShortestFailure {

    private static final int RUNS_MAX = 1_000;
    /** Events of the scheduler that a failure shows, the last ones. */
    private static final int EVENTS_SHOWN_MAX = 40;

    private final int happenings;
    private final Supplier<SimScenario> worlds;
    private final BitSet leftOut = new BitSet();
    private int runs;

    private ShortestFailure(int happenings, Supplier<SimScenario> worlds) {
        this.happenings = happenings;
        this.worlds = worlds;
    }

    /** @param worlds the world that fails, fresh and traced each time */
    static AssertionError of(long seed, int happenings, Supplier<SimScenario> worlds) {
        ShortestFailure shortest = new ShortestFailure(happenings, worlds);
        shortest.shrink();
        SimScenario scenario = worlds.get();
        Throwable failure = scenario.tryFail(shortest.leftOut);
        return new AssertionError(shortest.tell(seed, scenario, failure), failure);
    }

    private void shrink() {
        for (int size = Math.max(1, happenings / 2); size > 1; size /= 2) {
            leaveOut(size);
        }
        int before;
        do {
            before = leftOut.cardinality();
            leaveOut(1);
        } while (leftOut.cardinality() > before);
    }

    private void leaveOut(int size) {
        for (int first = 0; first < happenings; first += size) {
            BitSet tried = (BitSet) leftOut.clone();
            tried.set(first, Math.min(happenings, first + size));
            if (!tried.equals(leftOut) && ++runs <= RUNS_MAX && worlds.get().tryFail(tried) != null) {
                leftOut.or(tried);
            }
        }
    }

    private String tell(long seed, SimScenario scenario, @Nullable Throwable failure) {
        List<String> trace = scenario.world.trace();
        List<String> plan = scenario.plan();
        StringBuilder told = new StringBuilder("seed " + seed + ": " + (failure == null ? "" : failure.getMessage())
                + "\nThe shortest way found has " + (happenings - leftOut.cardinality()) + " of " + happenings
                + " happenings and " + trace.size() + " events of the scheduler.\n");
        for (int i = leftOut.nextClearBit(0); i < plan.size(); i = leftOut.nextClearBit(i + 1)) {
            told.append("  ").append(plan.get(i)).append('\n');
        }
        trace.subList(Math.max(0, trace.size() - EVENTS_SHOWN_MAX), trace.size())
                .forEach(event -> told.append(event).append('\n'));
        return told.toString();
    }
}
