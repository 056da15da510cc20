package io.gondola.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.launch.BuildVersion;
import io.gondola.protocol.ModelDescription;
import io.gondola.worker.bench.LoadSummary;
import io.gondola.worker.bench.MachineRates;
import io.gondola.worker.bench.StepSummary;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.tensorflow.DecoderWork;
import io.gondola.worker.engine.tensorflow.OperationTimes;
import java.util.List;
import java.util.Locale;

/**
 * What a benchmark of an engine found: a table that grows row by row, and JSON.
 *
 * <p>The JSON's {@code prefill} and {@code decode} are arrays of steps, each with {@code sequences}, {@code tokens} (fed in
 * one step), {@code contextTokens} (positions in the cache, all sequences together) and {@code stepMillis}; {@link
 * MeasuredCost} reads them.
 */
record BenchReport(
        String model, Precision precision, ModelDescription description, DecoderWork work, MachineRates machine) {

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String ROW = "%6s %9s | %9s %9s %8s | %9s %9s %9s %9s %8s | %9s%n";
    private static final int PROFILED_KINDS_MAX = 16;
    private static final double GIGA = 1e9;
    private static final double MEGA = 1e6;

    String head() {
        String first = String.format(
                Locale.ROOT,
                "machine: %d threads read %.1f GB/s and multiply matrices in %s at %.0f Gop/s%n"
                        + "model:   %s (%s), %s, %d slots; a step reads %.0f MB of matrices, a token's keys and values are"
                        + " %.1f kB%n%n",
                machine.threads(),
                machine.bytesPerSecond() / GIGA,
                precision.label(),
                machine.operationsPerSecond() / GIGA,
                model,
                description.architecture(),
                precision.label(),
                description.slots(),
                work.bytes(1, 0) / MEGA,
                work.kvBytesPerToken() / 1e3);
        return first
                + row("", "", "prefill", "", "matrix", "decode", "", "MB", "memory", "matrix", "in all")
                + row(
                        "seqs",
                        "prompt",
                        "tokens/s",
                        "ms/step",
                        "rate",
                        "tokens/s",
                        "ms/step",
                        "per step",
                        "rate",
                        "rate",
                        "tokens/s");
    }

    String row(LoadSummary load) {
        StepSummary prefill = load.prefill();
        StepSummary decode = load.decode();
        return row(
                load.load().sequences(),
                load.load().promptTokens(),
                number("%.0f", prefill.tokensPerSecond()),
                number("%.2f", prefill.stepMillis()),
                number("%.1f %%", 100 * prefill.matrixShare()),
                number("%.1f", decode.tokensPerSecond()),
                number("%.2f", decode.stepMillis()),
                number("%.1f", decode.bytes() / MEGA),
                number("%.1f %%", 100 * decode.bandwidthShare()),
                number("%.1f %%", 100 * decode.matrixShare()),
                number("%.1f", load.outputTokensPerSecond()));
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, ROW, cells);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** The kinds of operations that take the most of a step's time. */
    static String profile(String steps, OperationTimes times) {
        double all =
                times.kinds().stream().mapToDouble(OperationTimes.Kind::micros).sum();
        StringBuilder text = new StringBuilder(
                String.format(Locale.ROOT, "       %s, traced: %.2f ms in operations%n", steps, all / 1e3));
        for (OperationTimes.Kind kind :
                times.kinds().stream().limit(PROFILED_KINDS_MAX).toList()) {
            text.append(String.format(
                    Locale.ROOT,
                    "       %9.0f us %5.1f %%  %5.0f x %s%n",
                    kind.micros(),
                    100 * kind.micros() / all,
                    kind.count(),
                    kind.kind()));
        }
        return text.toString();
    }

    String json(List<LoadSummary> loads) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("gondola", BuildVersion.text())
                .put("model", model)
                .put("architecture", description.architecture())
                .put("precision", precision.label())
                .put("slots", description.slots());
        root.putObject("machine")
                .put("threads", machine.threads())
                .put("bytesPerSecond", machine.bytesPerSecond())
                .put("operationsPerSecond", machine.operationsPerSecond());
        root.putObject("work").put("matrixBytes", work.bytes(1, 0)).put("kvBytesPerToken", work.kvBytesPerToken());
        ArrayNode prefill = root.putArray("prefill");
        ArrayNode decode = root.putArray("decode");
        ArrayNode all = root.putArray("loads");
        for (LoadSummary load : loads) {
            add(prefill.addObject(), load, load.prefill());
            add(decode.addObject(), load, load.decode());
            all.addObject()
                    .put("sequences", load.load().sequences())
                    .put("promptTokens", load.load().promptTokens())
                    .put("outputTokens", load.load().outputTokens())
                    .put("outputTokensPerSecond", load.outputTokensPerSecond());
        }
        try {
            return MAPPER.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void add(ObjectNode node, LoadSummary load, StepSummary step) {
        node.put("sequences", step.sequences())
                .put("promptTokens", load.load().promptTokens())
                .put("tokens", step.tokens())
                .put("contextTokens", step.contextTokens())
                .put("stepMillis", step.stepMillis())
                .put("tokensPerSecond", step.tokensPerSecond())
                .put("bytes", step.bytes())
                .put("operations", step.operations())
                .put("bandwidthShare", step.bandwidthShare())
                .put("matrixShare", step.matrixShare());
    }
}
