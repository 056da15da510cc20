package io.gondola.standalone.cli;

import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.Launcher;
import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import io.gondola.standalone.bench.StreamsBenchmark;
import io.gondola.standalone.bench.StreamsReport;
import io.gondola.worker.engine.EngineOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./gondola bench streams}: many streams open at once, and what memory each takes. */
@Command(
        name = "./gondola bench streams",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        usageHelpAutoWidth = true,
        description =
                "Opens many streams at one gateway, all roles in one JVM, with an engine that takes its time. Each stream is"
                        + " compared with the text that its request gave alone. Two processes need a descriptor for each"
                        + " stream: see ulimit -n.%n")
final class StreamsCommand {

    static final String NAME = "streams";
    private static final int TOKENS_MAX = 500;
    private static final int STEP_MILLIS_MAX = 10_000;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Tokenizer and chat template. Default: the demo model.")
    private @Nullable Path model;

    @Option(names = "--streams", paramLabel = "N", description = "Streams at once.")
    private int streams = 10_000;

    @Option(names = "--tokens", paramLabel = "N", description = "Of each stream.")
    private int tokens = 20;

    @Option(
            names = "--step-ms",
            paramLabel = "MS",
            description = "What each step takes: each stream gets a token a step.")
    private int stepMillis = 1_000;

    @Option(names = "--instances", paramLabel = "N", description = "Event loops; 0: one for each processor.")
    private int instances;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures (JSON).")
    private @Nullable Path json;

    /** Returns the exit status. */
    static int run(List<String> args, Path defaultModel, PrintStream out) throws UsageException, StartupException {
        StreamsCommand command = new StreamsCommand();
        if (Arguments.askForHelp(new CommandLine(command), args, out)) {
            return Launcher.OK;
        }
        command.check();
        return command.measure(defaultModel, out);
    }

    private void check() throws UsageException {
        NumberOptions.inRange("--streams", streams, 1, EngineOptions.SLOTS_MAX);
        NumberOptions.inRange("--tokens", tokens, 1, TOKENS_MAX);
        NumberOptions.inRange("--step-ms", stepMillis, 1, STEP_MILLIS_MAX);
        NumberOptions.inRange("--instances", instances, 0, GatewayConfig.INSTANCES_MAX);
    }

    private int measure(Path defaultModel, PrintStream out) throws UsageException, StartupException {
        StreamsReport report;
        try {
            report = StreamsBenchmark.run(
                    model == null ? defaultModel : model, Benches.instances(instances), streams, tokens, stepMillis);
        } catch (IOException failure) {
            throw Benches.failed(failure);
        }
        out.print(report.toText());
        Benches.writeJson(json, report.toJson());
        return report.isSound() ? Launcher.OK : Launcher.FAILED;
    }
}
