package io.gondola.standalone.cli;

import ch.qos.logback.classic.Level;
import io.gondola.launch.BuildVersion;
import io.gondola.launch.Launcher;
import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import io.gondola.launch.logging.LogFormat;
import io.gondola.launch.logging.LogSetup;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.worker.bench.EngineBenchmark;
import io.gondola.worker.bench.EngineBenchmark.Load;
import io.gondola.worker.bench.LoadSummary;
import io.gondola.worker.bench.MachineRates;
import io.gondola.worker.bench.ModelShapes;
import io.gondola.worker.bench.TemporaryDirectory;
import io.gondola.worker.engine.Device;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvPrecision;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.tensorflow.OperationTimes;
import io.gondola.worker.engine.tensorflow.RandomModel;
import io.gondola.worker.engine.tensorflow.TensorFlowEngine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./gondola bench engine}: what an engine reaches on this machine, beside what the machine could give. */
@Command(
        name = "./gondola bench",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        usageHelpAutoWidth = true,
        description =
                "Measures an engine without HTTP: sequences that arrive together, prompts first, then token by token."
                        + " Beforehand the machine's memory and its products of matrices are measured, so that shares of them can be"
                        + " told.%n",
        footer = {
            "%nbytes: what a step must read, the matrices once and the KV cache of its sequences. Where the matrices fit"
                    + " into the processor's cache, more than 100 %% of the memory's rate are possible.",
            "%n./gondola simulate --cost-file reads what --json writes.",
            "%n./gondola bench overhead measures what gateway and scheduler add, ./gondola bench streams what many"
                    + " streams take; they have options of their own."
        })
final class BenchCommand {

    static final String NAME = "bench";
    private static final String ENGINE = "engine";
    private static final int SEQUENCES_MAX = EngineOptions.SLOTS_MAX;
    private static final int TOKENS_MAX = 1 << 20;
    private static final int ROUNDS_MAX = 1_000;
    /** As the scheduler sets it for a worker. */
    private static final int PREFILL_TOKENS_MAX =
            SchedulerLimits.defaults().step().stepPrefillTokensMax();

    @Parameters(index = "0", paramLabel = "engine", description = "What is measured.", hideParamSyntax = true)
    private String what = "";

    @Option(names = "--model", paramLabel = "DIR", description = "A Hugging Face directory.")
    private @Nullable Path model;

    @Option(
            names = "--random",
            paramLabel = "SHAPE",
            description =
                    "Instead: a well-known model's sizes with random weights, written to a temporary directory and"
                            + " deleted once loaded: gpt2-124m, gpt2-355m, smollm2-135m, smollm2-360m, qwen2.5-0.5b, qwen3-0.6b,"
                            + " llama-3.2-1b.")
    private @Nullable String random;

    @Option(names = "--precision", paramLabel = "PRECISION", description = "f32, bf16, int8 or auto.")
    private String precision = Precision.F32.label();

    @Option(names = "--kv-precision", paramLabel = "PRECISION", description = "f32 or bf16: of the KV cache.")
    private String kvPrecision = KvPrecision.F32.label();

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "cpu, gpu, gpu:1 or auto. The machine's rates are the processor's.")
    private String device = "cpu";

    @Option(names = "--threads", paramLabel = "COUNT", description = "Threads that compute; 0 takes all processors.")
    private int threads;

    @Option(names = "--slots", paramLabel = "COUNT", description = "Sequences that fit; 0: as many as are measured.")
    private int slots;

    @Option(names = "--sequences", paramLabel = "N", split = ",", description = "Sequences at once, one run for each.")
    private List<Integer> sequences = List.of(1, 2, 4, 8, 16, 32);

    @Option(names = "--prompt-tokens", paramLabel = "N", split = ",", description = "Of each; one run for each length.")
    private List<Integer> promptTokens = List.of(128);

    @Option(names = "--output-tokens", paramLabel = "N", description = "Of each.")
    private int outputTokens = 64;

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds that count, after one that does not.")
    private int rounds = 2;

    @Option(names = "--profile", description = "Also says which operations take the time; this slows the run.")
    private boolean profile;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures (JSON).")
    private @Nullable Path json;

    /** Returns the exit status. */
    static int run(List<String> args, PrintStream out) throws UsageException, StartupException {
        BenchCommand command = new BenchCommand();
        if (Arguments.askForHelp(new CommandLine(command), args, out)) {
            return Launcher.OK;
        }
        command.check();
        // What a load at a low precision warns of means nothing here, random weights least of all.
        LogSetup.apply(LogFormat.TEXT, Level.ERROR, BuildVersion.text(), "");
        try {
            command.measure(out);
        } catch (EngineException failure) {
            throw new StartupException(
                    StartupException.Kind.CONFIGURATION, String.valueOf(failure.getMessage()), failure);
        }
        return Launcher.OK;
    }

    private void check() throws UsageException {
        if (!what.equals(ENGINE)) {
            throw new UsageException("bench: expected engine, overhead or streams, not '" + what + "'");
        }
        if ((model == null) == (random == null)) {
            throw new UsageException("bench engine: expected either --model DIR or --random SHAPE");
        }
        if (random != null && !ModelShapes.NAMES.contains(random)) {
            throw new UsageException(
                    "--random", "expected one of " + String.join(", ", ModelShapes.NAMES) + ", not '" + random + "'");
        }
        NumberOptions.inRange("--threads", threads, 0, EngineOptions.THREADS_MAX);
        for (int count : sequences) {
            NumberOptions.inRange("--sequences", count, 1, SEQUENCES_MAX);
        }
        for (int tokens : promptTokens) {
            NumberOptions.inRange("--prompt-tokens", tokens, 1, TOKENS_MAX);
        }
        NumberOptions.inRange("--output-tokens", outputTokens, 2, TOKENS_MAX);
        NumberOptions.inRange("--rounds", rounds, 1, ROUNDS_MAX);
        if (slots != 0) {
            NumberOptions.inRange("--slots", slots, Collections.max(sequences), EngineOptions.SLOTS_MAX);
        }
        Path folder = json == null ? null : json.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new UsageException("--json", "cannot write " + json + ": its directory does not exist");
        }
        precision();
        device();
    }

    private Precision precision() throws UsageException {
        return TensorFlowEngine.resolve(choice("--precision", precision, Precision.values()));
    }

    private Device device() throws UsageException {
        try {
            return Device.parse(device);
        } catch (IllegalArgumentException wrong) {
            throw new UsageException("--device", wrong.getMessage() + ", not '" + device + "'");
        }
    }

    private static <E extends Enum<E>> E choice(String option, String text, E[] choices) throws UsageException {
        List<String> words = Arrays.stream(choices)
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .toList();
        int index = words.indexOf(text.toLowerCase(Locale.ROOT));
        if (index < 0) {
            throw new UsageException(option, "expected one of " + String.join(", ", words) + ", not '" + text + "'");
        }
        return choices[index];
    }

    private String name() {
        return model == null ? String.valueOf(random) : model.toString();
    }

    private void measure(PrintStream out) throws UsageException, EngineException {
        Precision resolved = precision();
        MachineRates machine = MachineRates.measure(resolved, threads);
        int context = Collections.max(promptTokens) + outputTokens;
        EngineOptions options = EngineOptions.ofSlots(slots == 0 ? Collections.max(sequences) : slots)
                .withContextTokensMax(context)
                .withThreads(threads)
                .withPrecision(resolved)
                .withDevice(device())
                .withKvPrecision(choice("--kv-precision", kvPrecision, KvPrecision.values()));
        List<LoadSummary> loads = new ArrayList<>();
        try (TensorFlowEngine engine = load(options)) {
            BenchReport report = new BenchReport(name(), resolved, engine.describe(), engine.work(), machine);
            out.print(report.head());
            for (int prompt : promptTokens) {
                for (int count : sequences) {
                    Load load = new Load(count, prompt, outputTokens);
                    LoadSummary summary = LoadSummary.of(
                            load,
                            new EngineBenchmark(engine, PREFILL_TOKENS_MAX, System::nanoTime).run(load, rounds),
                            engine.work(),
                            machine);
                    loads.add(summary);
                    out.print(report.row(summary));
                    if (profile) {
                        out.print(profile(engine, load));
                    }
                    out.flush();
                }
            }
            if (json != null) {
                write(json, report.json(loads));
            }
        }
    }

    /** A round of its own, so that what was measured was not traced. */
    private static String profile(TensorFlowEngine engine, Load load) throws EngineException {
        OperationTimes decode = new OperationTimes();
        OperationTimes prefill = new OperationTimes();
        engine.trace(decode, prefill);
        new EngineBenchmark(engine, PREFILL_TOKENS_MAX, System::nanoTime).run(load, 0);
        engine.untrace();
        return BenchReport.profile("prefill", prefill) + BenchReport.profile("decode", decode);
    }

    private TensorFlowEngine load(EngineOptions options) throws EngineException {
        if (model != null) {
            return TensorFlowEngine.load(name(), model, options, LoadProgress.NONE);
        }
        try (TemporaryDirectory directory = new TemporaryDirectory("gondola-bench-")) {
            RandomModel.write(ModelShapes.config(name()), directory.path());
            return TensorFlowEngine.load(name(), directory.path(), options, LoadProgress.NONE);
        }
    }

    private static void write(Path file, String text) throws UsageException {
        try {
            Files.writeString(file, text);
        } catch (IOException failure) {
            throw new UsageException("--json", "cannot write " + file + ": " + failure.getMessage());
        }
    }
}
