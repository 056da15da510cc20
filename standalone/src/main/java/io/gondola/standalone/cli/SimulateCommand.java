package io.gondola.standalone.cli;

import io.gondola.launch.Launcher;
import io.gondola.launch.UsageException;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.CoarseRun;
import io.gondola.scheduler.simulation.Fleet;
import io.gondola.scheduler.simulation.HtmlReport;
import io.gondola.scheduler.simulation.Load;
import io.gondola.scheduler.simulation.LoadResult;
import io.gondola.scheduler.simulation.LoadRun;
import io.gondola.scheduler.simulation.ResultTable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./gondola simulate}: what a load would meet at a fleet of workers, without running either. */
@Command(
        name = "./gondola simulate",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        usageHelpAutoWidth = true,
        description =
                "Runs the scheduler in virtual time under a drawn or a recorded load. The same options give the same figures.%n")
final class SimulateCommand {

    static final String NAME = "simulate";

    @Mixin
    private final FleetOptions fleet = new FleetOptions();

    @Mixin
    private final CostOptions costs = new CostOptions();

    @Mixin
    private final LoadOptions drawn = new LoadOptions();

    @Mixin
    private final TraceOptions recorded = new TraceOptions();

    @Option(names = "--max-queue", paramLabel = "N", description = "Generations that may wait.")
    private int queueRequestsMax = 1_024;

    @Option(
            names = "--limit",
            paramLabel = "NAME=VALUE",
            description = "Any limit of the scheduler; --limits shows all. May be given several times.")
    private Map<String, String> limits = new LinkedHashMap<>();

    @Option(names = "--limits", description = "Shows the limits of the scheduler and their values.")
    private boolean showsLimits;

    @Option(
            names = "--coarse",
            description =
                    "Computes a sequence's time when it boards and not step by step: much faster, for large fleets.")
    private boolean isCoarse;

    @Option(names = "--seed", paramLabel = "N", description = "What is drawn is drawn from this.")
    private long seed = 1;

    @Option(names = "--report", paramLabel = "FILE", description = "Writes a page with plots (HTML).")
    private @Nullable Path report;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures (JSON).")
    private @Nullable Path json;

    /** Returns the exit status. */
    static int run(List<String> args, PrintStream out) throws UsageException {
        SimulateCommand command = new SimulateCommand();
        if (Arguments.askForHelp(new CommandLine(command), args, out)) {
            return Launcher.OK;
        }
        command.check();
        if (command.showsLimits) {
            SchedulerKnobs.all(command.schedulerLimits()).forEach((name, value) -> out.println(name + "=" + value));
        } else {
            command.simulate(out);
        }
        return Launcher.OK;
    }

    private void check() throws UsageException {
        fleet.check();
        costs.check();
        recorded.check();
        if (!recorded.isGiven()) {
            drawn.check(fleet.contextTokens(0));
        }
        NumberOptions.inRange("--max-queue", queueRequestsMax, 1, 100_000_000);
    }

    private SchedulerLimits schedulerLimits() throws UsageException {
        return SchedulerKnobs.apply(SchedulerLimits.defaults().withQueueRequestsMax(queueRequestsMax), limits);
    }

    private void simulate(PrintStream out) throws UsageException {
        SchedulerLimits scheduler = schedulerLimits();
        CostOptions.Chosen cost = costs.cost();
        List<LoadResult> results = new ArrayList<>();
        Load load;
        String what;
        int needed = 0;
        if (recorded.isGiven()) {
            TraceLoad trace = recorded.load(seed);
            load = trace.load();
            what = trace.words();
            needed = trace.largestTokens();
            results.add(trace.recorded());
        } else {
            load = drawn.load(fleet.roomTokens(0), seed);
            what = drawn.words();
        }
        for (Fleet each : fleet.fleets(cost.cost(), needed)) {
            results.add(isCoarse ? CoarseRun.run(load, each, scheduler) : LoadRun.run(load, each, scheduler, seed));
        }
        out.println("load: " + what);
        out.println("cost: " + cost.words());
        out.println();
        out.print(ResultTable.text(results));
        if (report != null) {
            write("--report", report, HtmlReport.of(results, "Load: " + what + ". Cost: " + cost.words() + "."));
        }
        if (json != null) {
            write("--json", json, ResultJson.of(results));
        }
    }

    private static void write(String option, Path file, String text) throws UsageException {
        try {
            Files.writeString(file, text);
        } catch (IOException failure) {
            throw new UsageException(option + ": cannot write " + file + ": " + failure.getMessage());
        }
    }
}
