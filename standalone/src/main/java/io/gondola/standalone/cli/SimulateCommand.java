package io.gondola.standalone.cli;

import io.gondola.launch.Launcher;
import io.gondola.launch.UsageException;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.Fleet;
import io.gondola.scheduler.simulation.HtmlReport;
import io.gondola.scheduler.simulation.LoadRequest;
import io.gondola.scheduler.simulation.LoadResult;
import io.gondola.scheduler.simulation.LoadRun;
import io.gondola.scheduler.simulation.ResultTable;
import io.gondola.scheduler.simulation.StepCost;
import io.gondola.scheduler.simulation.SyntheticLoad;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code ./gondola simulate}: what a load would meet at a fleet of workers, without running either. */
@Command(
        name = "./gondola simulate",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        usageHelpAutoWidth = true,
        description =
                "Runs the scheduler in virtual time under a drawn load. The same options give the same figures.%n")
final class SimulateCommand {

    static final String NAME = "simulate";
    private static final double MILLIS_MAX = 1e6;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    @Option(names = "--workers", paramLabel = "N", description = "Workers.")
    private int workers = 2;

    @Option(names = "--compare-workers", paramLabel = "N", description = "Runs the same load with so many too.")
    private @Nullable Integer compareWorkers;

    @Option(names = "--slots", paramLabel = "N", description = "Sequences aboard a worker.")
    private int slots = 16;

    @Option(names = "--context", paramLabel = "TOKENS", description = "Prompt and output of one sequence.")
    private int contextTokens = 4_096;

    @Option(names = "--kv-tokens", paramLabel = "TOKENS", description = "KV-cache positions of a worker.")
    private int kvTokens = 32_768;

    @Option(names = "--slow-workers", paramLabel = "N", description = "Of them, this many are 4 times slower.")
    private int slowWorkers;

    @Option(names = "--lose-workers", paramLabel = "N", description = "This many are killed halfway.")
    private int lostWorkers;

    @Option(names = "--step-ms", paramLabel = "MS", description = "What every step takes.")
    private double stepMillis = 20;

    @Option(names = "--sequence-ms", paramLabel = "MS", description = "More for each sequence that decodes.")
    private double sequenceMillis = 0.5;

    @Option(names = "--prefill-token-ms", paramLabel = "MS", description = "More for each prompt token.")
    private double prefillTokenMillis = 0.05;

    @Option(names = "--context-token-ms", paramLabel = "MS", description = "More for each token looked back at.")
    private double contextTokenMillis;

    @Option(
            names = "--cost-file",
            paramLabel = "FILE",
            description = "Measured steps (JSON) in place of the four options above.")
    private @Nullable Path costFile;

    @Option(names = "--rate", paramLabel = "N", description = "Requests a second.")
    private double rate = 5;

    @Option(names = "--burst", paramLabel = "N", description = "Requests that arrive together, at the same rate.")
    private int burst = 1;

    @Option(names = "--duration", paramLabel = "SECONDS", description = "How long the load lasts.")
    private int durationSeconds = 300;

    @Option(names = "--prompt-tokens", paramLabel = "MEAN", description = "Prompt tokens, exponential.")
    private int promptTokens = 256;

    @Option(names = "--output-tokens", paramLabel = "MEAN", description = "Output tokens, exponential.")
    private int outputTokens = 128;

    @Option(names = "--max-tokens", paramLabel = "N", description = "What a request may generate at most.")
    private int maxTokens = 1_024;

    @Option(names = "--tenants", paramLabel = "N", description = "Tenants; the first sends half of everything.")
    private int tenants = 4;

    @Option(names = "--interactive-percent", paramLabel = "N", description = "Requests of class interactive.")
    private int interactivePercent = 20;

    @Option(names = "--batch-percent", paramLabel = "N", description = "Requests of class batch.")
    private int batchPercent = 20;

    @Option(names = "--deadline", paramLabel = "SECONDS", description = "Time a request has.")
    private int deadlineSeconds = 60;

    @Option(names = "--max-queue", paramLabel = "N", description = "Requests that may wait.")
    private int queueRequestsMax = 1_024;

    @Option(names = "--seed", paramLabel = "N", description = "What is drawn is drawn from this.")
    private long seed = 1;

    @Option(names = "--report", paramLabel = "FILE", description = "Writes a page with plots (HTML).")
    private @Nullable Path report;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures (JSON).")
    private @Nullable Path json;

    /** Returns the exit status. */
    static int run(List<String> args, PrintStream out) throws UsageException {
        SimulateCommand command = new SimulateCommand();
        CommandLine line = new CommandLine(command).setExpandAtFiles(false);
        try {
            line.parseArgs(args.toArray(String[]::new));
            if (line.isUsageHelpRequested()) {
                line.usage(out, CommandLine.Help.Ansi.OFF);
                return Launcher.OK;
            }
            command.check();
        } catch (ParameterException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
        command.simulate(out);
        return Launcher.OK;
    }

    private void check() throws UsageException {
        inRange("--workers", workers, 1, 100_000);
        inRange("--compare-workers", compareWorkers == null ? workers : compareWorkers, 1, 100_000);
        int fewest = Math.min(workers, compareWorkers == null ? workers : compareWorkers);
        inRange("--slots", slots, 1, 65_536);
        inRange("--context", contextTokens, 2, 10_000_000);
        inRange("--kv-tokens", kvTokens, 2, Integer.MAX_VALUE);
        inRange("--slow-workers", slowWorkers, 0, fewest);
        inRange("--lose-workers", lostWorkers, 0, fewest - 1);
        inRange("--step-ms", stepMillis, 0.001, MILLIS_MAX);
        inRange("--sequence-ms", sequenceMillis, 0, MILLIS_MAX);
        inRange("--prefill-token-ms", prefillTokenMillis, 0, MILLIS_MAX);
        inRange("--context-token-ms", contextTokenMillis, 0, MILLIS_MAX);
        inRange("--rate", rate, 0.001, 1_000_000);
        inRange("--burst", burst, 1, 100_000);
        inRange("--duration", durationSeconds, 1, 7 * 86_400);
        inRange("--prompt-tokens", promptTokens, 1, contextTokens);
        inRange("--output-tokens", outputTokens, 1, contextTokens);
        inRange("--max-tokens", maxTokens, 1, contextTokens - 1);
        inRange("--tenants", tenants, 1, 100_000);
        inRange("--interactive-percent", interactivePercent, 0, 100);
        inRange("--batch-percent", batchPercent, 0, 100 - interactivePercent);
        inRange("--deadline", deadlineSeconds, 1, 7 * 86_400);
        inRange("--max-queue", queueRequestsMax, 1, 100_000_000);
    }

    private static void inRange(String option, double value, double min, double max) throws UsageException {
        if (!(value >= min && value <= max)) {
            throw new UsageException(
                    option + ": expected a number from " + plain(min) + " to " + plain(max) + ", not " + plain(value));
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }

    private void simulate(PrintStream out) throws UsageException {
        List<LoadRequest> load = new SyntheticLoad(
                        rate,
                        burst,
                        durationSeconds * NANOS_PER_SECOND,
                        promptTokens,
                        outputTokens,
                        maxTokens,
                        Math.min(contextTokens, kvTokens),
                        tenants,
                        interactivePercent,
                        batchPercent,
                        deadlineSeconds * NANOS_PER_SECOND)
                .draw(seed);
        if (load.isEmpty()) {
            throw new UsageException("--duration: no request arrives in " + durationSeconds + " s at this rate");
        }
        List<LoadResult> runs = new ArrayList<>();
        StepCost cost = cost();
        runs.add(run(load, workers, cost));
        if (compareWorkers != null) {
            runs.add(run(load, compareWorkers, cost));
        }
        out.print(ResultTable.text(runs));
        if (report != null) {
            write("--report", report, HtmlReport.of(runs));
        }
        if (json != null) {
            write("--json", json, ResultJson.of(runs));
        }
    }

    private StepCost cost() throws UsageException {
        return costFile != null
                ? MeasuredCost.read(costFile)
                : new StepCost(
                        nanos(stepMillis), nanos(sequenceMillis), nanos(prefillTokenMillis), contextTokenMillis * 1e6);
    }

    private LoadResult run(List<LoadRequest> load, int workersNow, StepCost cost) {
        Fleet fleet = new Fleet(workersNow, slots, contextTokens, kvTokens, cost, slowWorkers, lostWorkers);
        SchedulerLimits limits = SchedulerLimits.defaults().withQueueRequestsMax(queueRequestsMax);
        return LoadRun.run(load, fleet, limits, seed);
    }

    private static long nanos(double millis) {
        return Math.round(millis * 1e6);
    }

    private static void write(String option, Path file, String text) throws UsageException {
        try {
            Files.writeString(file, text);
        } catch (IOException failure) {
            throw new UsageException(option + ": cannot write " + file + ": " + failure.getMessage());
        }
    }
}
