package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;
import io.gondola.scheduler.simulation.Fleet;
import io.gondola.scheduler.simulation.StepCost;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The workers of a simulation, as options. */
final class FleetOptions {

    private static final int WORKERS_MAX = 100_000;
    private static final int CONTEXT_TOKENS_DEFAULT = 4_096;

    @Option(names = "--workers", paramLabel = "N", description = "Workers.")
    private int workers = 2;

    @Option(names = "--compare-workers", paramLabel = "N", description = "Runs the same load with so many too.")
    private @Nullable Integer compareWorkers;

    @Option(names = "--slots", paramLabel = "N", description = "Sequences aboard a worker.")
    private int slots = 16;

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            description =
                    "Prompt and output of one sequence. Default: 4096, or what the largest recorded request needs.")
    private @Nullable Integer contextTokens;

    @Option(names = "--kv-tokens", paramLabel = "TOKENS", description = "KV-cache positions of a worker.")
    private int kvTokens = 32_768;

    @Option(names = "--slow-workers", paramLabel = "N", description = "Of them, this many are 4 times slower.")
    private int slowWorkers;

    @Option(names = "--lose-workers", paramLabel = "N", description = "This many are killed halfway.")
    private int lostWorkers;

    void check() throws UsageException {
        NumberOptions.inRange("--workers", workers, 1, WORKERS_MAX);
        NumberOptions.inRange("--compare-workers", compareWorkers == null ? workers : compareWorkers, 1, WORKERS_MAX);
        int fewest = Math.min(workers, compareWorkers == null ? workers : compareWorkers);
        NumberOptions.inRange("--slots", slots, 1, 65_536);
        NumberOptions.inRange("--context", contextTokens(0), 2, 10_000_000);
        NumberOptions.inRange("--kv-tokens", kvTokens, 2, Integer.MAX_VALUE);
        NumberOptions.inRange("--slow-workers", slowWorkers, 0, fewest);
        NumberOptions.inRange("--lose-workers", lostWorkers, 0, fewest - 1);
    }

    /** @param needed what the largest request needs */
    int contextTokens(int needed) {
        return contextTokens == null ? Math.max(CONTEXT_TOKENS_DEFAULT, needed) : contextTokens;
    }

    /** What one request may have of a worker. */
    int roomTokens(int needed) {
        return Math.min(contextTokens(needed), kvTokens);
    }

    List<Fleet> fleets(StepCost cost, int needed) {
        List<Fleet> fleets = new ArrayList<>();
        fleets.add(fleet(workers, cost, needed));
        if (compareWorkers != null) {
            fleets.add(fleet(compareWorkers, cost, needed));
        }
        return fleets;
    }

    private Fleet fleet(int workersNow, StepCost cost, int needed) {
        return new Fleet(workersNow, slots, contextTokens(needed), kvTokens, cost, slowWorkers, lostWorkers);
    }
}
