package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;
import io.gondola.scheduler.simulation.StepCost;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a step of a simulated worker takes, as options: given in numbers, or measured. */
final class CostOptions {

    private static final double MILLIS_MAX = 1e6;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_MICRO = 1e3;

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
            description =
                    "Measured steps, as ./gondola bench engine --json writes them, in place of the four options above.")
    private @Nullable Path costFile;

    void check() throws UsageException {
        NumberOptions.inRange("--step-ms", stepMillis, 0.001, MILLIS_MAX);
        NumberOptions.inRange("--sequence-ms", sequenceMillis, 0, MILLIS_MAX);
        NumberOptions.inRange("--prefill-token-ms", prefillTokenMillis, 0, MILLIS_MAX);
        NumberOptions.inRange("--context-token-ms", contextTokenMillis, 0, MILLIS_MAX);
    }

    /** A cost and where it comes from, in words. */
    record Chosen(StepCost cost, String words) {}

    Chosen cost() throws UsageException {
        if (costFile == null) {
            StepCost given = new StepCost(
                    nanos(stepMillis), nanos(sequenceMillis), nanos(prefillTokenMillis), contextTokenMillis * 1e6);
            return new Chosen(given, said(given));
        }
        CostFit fit = MeasuredCost.read(costFile);
        return new Chosen(
                fit.cost(),
                String.format(
                        Locale.ROOT,
                        "%s; fitted to %d measured steps, off by %.1f %% on average and %.1f %% at most",
                        said(fit.cost()),
                        fit.steps(),
                        100 * fit.meanError(),
                        100 * fit.maxError()));
    }

    private static String said(StepCost cost) {
        return String.format(Locale.ROOT, "a step takes %.3f ms", cost.fixedNanos() / NANOS_PER_MILLI)
                + more(cost.sequenceNanos(), "sequence that decodes")
                + more(cost.prefillTokenNanos(), "prompt token")
                + more(cost.contextTokenNanos(), "token looked back at");
    }

    private static String more(double nanos, String each) {
        if (nanos == 0) {
            return "";
        }
        String time = nanos < NANOS_PER_MILLI / 100
                ? String.format(Locale.ROOT, "%.3f us", nanos / NANOS_PER_MICRO)
                : String.format(Locale.ROOT, "%.3f ms", nanos / NANOS_PER_MILLI);
        return ", " + time + " more for each " + each;
    }

    private static long nanos(double millis) {
        return Math.round(millis * NANOS_PER_MILLI);
    }
}
