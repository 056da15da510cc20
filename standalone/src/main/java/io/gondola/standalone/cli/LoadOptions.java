package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;
import io.gondola.protocol.GenerationRequest;
import io.gondola.scheduler.simulation.Load;
import io.gondola.scheduler.simulation.SyntheticLoad;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** A load that is drawn, as options. */
final class LoadOptions {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int SECONDS_MAX = 7 * 86_400;

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

    @Option(
            names = "--tenant-weights",
            paramLabel = "N,N...",
            split = ",",
            description = "Weights of the tenants, of the first first; the others weigh 1.")
    private List<Integer> tenantWeights = List.of();

    @Option(names = "--interactive-percent", paramLabel = "N", description = "Requests of class interactive.")
    private int interactivePercent = 20;

    @Option(names = "--batch-percent", paramLabel = "N", description = "Requests of class batch.")
    private int batchPercent = 20;

    @Option(names = "--deadline", paramLabel = "SECONDS", description = "Time a request has.")
    private int deadlineSeconds = 60;

    void check(int contextTokens) throws UsageException {
        NumberOptions.inRange("--rate", rate, 0.001, 1_000_000);
        NumberOptions.inRange("--burst", burst, 1, 100_000);
        NumberOptions.inRange("--duration", durationSeconds, 1, SECONDS_MAX);
        NumberOptions.inRange("--prompt-tokens", promptTokens, 1, contextTokens);
        NumberOptions.inRange("--output-tokens", outputTokens, 1, contextTokens);
        NumberOptions.inRange("--max-tokens", maxTokens, 1, contextTokens - 1);
        NumberOptions.inRange("--tenants", tenants, 1, 100_000);
        if (tenantWeights.size() > tenants) {
            throw new UsageException("--tenant-weights: " + tenantWeights.size() + " weights, " + tenants + " tenants");
        }
        for (int weight : tenantWeights) {
            NumberOptions.inRange("--tenant-weights", weight, 1, GenerationRequest.TENANT_WEIGHT_MAX);
        }
        NumberOptions.inRange("--interactive-percent", interactivePercent, 0, 100);
        NumberOptions.inRange("--batch-percent", batchPercent, 0, 100 - interactivePercent);
        NumberOptions.inRange("--deadline", deadlineSeconds, 1, SECONDS_MAX);
    }

    Load load(int roomTokens, long seed) throws UsageException {
        Load load = new SyntheticLoad(
                        rate,
                        burst,
                        durationSeconds * NANOS_PER_SECOND,
                        promptTokens,
                        outputTokens,
                        maxTokens,
                        roomTokens,
                        tenants,
                        tenantWeights,
                        interactivePercent,
                        batchPercent,
                        deadlineSeconds * NANOS_PER_SECOND)
                .draw(seed);
        if (!load.requests().hasNext()) {
            throw new UsageException("--duration: no request arrives in " + durationSeconds + " s at this rate");
        }
        return load;
    }

    String words() {
        return String.format(
                Locale.ROOT,
                "%s requests a second for %d s, %d at a time; prompts of %d tokens, outputs of %d, on average",
                rate == Math.rint(rate) ? String.valueOf((long) rate) : String.valueOf(rate),
                durationSeconds,
                burst,
                promptTokens,
                outputTokens);
    }
}
