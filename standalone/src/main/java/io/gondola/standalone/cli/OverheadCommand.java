package io.gondola.standalone.cli;

import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.BuildVersion;
import io.gondola.launch.Launcher;
import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import io.gondola.launch.logging.LogFormat;
import io.gondola.launch.logging.LogSetup;
import io.gondola.standalone.bench.BenchRequests;
import io.gondola.standalone.bench.LoadPlan;
import io.gondola.standalone.bench.OverheadBenchmark;
import io.gondola.standalone.bench.OverheadPlan;
import io.gondola.standalone.bench.OverheadReport;
import io.gondola.standalone.bench.WarmUp;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./gondola bench overhead}: what gateway and scheduler add to a request and to a token. */
@Command(
        name = "./gondola bench overhead",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        usageHelpAutoWidth = true,
        description =
                "Loads all roles in one JVM, with an engine that takes no time, over the loopback from a client process;"
                        + " and with the same load a plain Vert.x server, whose answers are recorded ones: the floor.%n")
final class OverheadCommand {

    static final String NAME = "overhead";
    private static final int STREAM_TOKENS_MAX = 1_024;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Tokenizer and chat template. Default: the demo model.")
    private @Nullable Path model;

    @Option(
            names = "--requests",
            paramLabel = "KIND",
            split = ",",
            description = "chat, completion (a prompt as text), tokens (as token ids).")
    private List<BenchRequests> kinds = List.of(BenchRequests.CHAT, BenchRequests.TOKENS);

    @Option(names = "--connections", paramLabel = "N", description = "Of the short requests, one at a time on each.")
    private int connections = 64;

    @Option(names = "--output-tokens", paramLabel = "N", description = "Of a short request.")
    private int outputTokens = 1;

    @Option(names = "--streams", paramLabel = "N", description = "Streams at once; 0 leaves them out.")
    private int streams = 1_000;

    @Option(names = "--stream-tokens", paramLabel = "N", description = "Of each stream.")
    private int streamTokens = 200;

    @Option(
            names = "--across-processes",
            description = "Starts gateway, scheduler and worker as processes instead: a cluster on this machine.")
    private boolean isAcrossProcesses;

    @Option(names = "--instances", paramLabel = "N", description = "Event loops; 0: one for each processor.")
    private int instances;

    @Option(names = "--seconds", paramLabel = "N", description = "Of each load that counts.")
    private int seconds = 10;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "Of each load before, which does not count: at least.")
    private int warmUpSeconds = 10;

    @Option(
            names = "--warm-up-max",
            paramLabel = "SECONDS",
            description =
                    "It goes on until the Java virtual machine has hardly anything left to compile, or for so long.")
    private int warmUpSecondsMax = 60;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures (JSON).")
    private @Nullable Path json;

    /** Returns the exit status. */
    static int run(List<String> args, Path defaultModel, PrintStream out, PrintStream err)
            throws UsageException, StartupException {
        OverheadCommand command = new OverheadCommand();
        if (Arguments.askForHelp(new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true), args, out)) {
            return Launcher.OK;
        }
        command.check();
        return command.measure(defaultModel, out, err);
    }

    private void check() throws UsageException {
        NumberOptions.inRange("--connections", connections, 1, LoadPlan.CONNECTIONS_MAX);
        NumberOptions.inRange("--output-tokens", outputTokens, 1, STREAM_TOKENS_MAX);
        NumberOptions.inRange("--streams", streams, 0, LoadPlan.CONNECTIONS_MAX);
        NumberOptions.inRange("--stream-tokens", streamTokens, 1, STREAM_TOKENS_MAX);
        NumberOptions.inRange("--instances", instances, 0, GatewayConfig.INSTANCES_MAX);
        NumberOptions.inRange("--seconds", seconds, 1, 60);
        NumberOptions.inRange("--warm-up", warmUpSeconds, 0, 60);
        NumberOptions.inRange("--warm-up-max", warmUpSecondsMax, warmUpSeconds, 600);
    }

    private int measure(Path defaultModel, PrintStream out, PrintStream err) throws UsageException, StartupException {
        LogSetup.apply(LogFormat.TEXT, ch.qos.logback.classic.Level.ERROR, BuildVersion.text(), "");
        OverheadPlan plan = new OverheadPlan(
                model == null ? defaultModel : model,
                isAcrossProcesses,
                Benches.instances(instances),
                kinds,
                connections,
                outputTokens,
                streams,
                streamTokens,
                seconds,
                new WarmUp(warmUpSeconds, warmUpSecondsMax));
        OverheadReport report;
        try {
            report = OverheadBenchmark.run(plan, next -> err.println("measuring " + next));
        } catch (IOException failure) {
            throw Benches.failed(failure);
        }
        out.print(report.toText());
        Benches.writeJson(json, report.toJson());
        return Launcher.OK;
    }
}
