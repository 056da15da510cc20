package io.gondola.standalone.bench;

import io.gondola.launch.StartupException;
import io.gondola.standalone.Standalone;
import io.gondola.worker.engine.simulated.CostModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Many streams open at once at one gateway, from an engine that takes its time: whether each gets all its tokens in their
 * order, and what memory a stream takes while it waits for its next one.
 */
public final class StreamsBenchmark {

    private static final BenchRequests KIND = BenchRequests.CHAT;
    private static final String OPEN = "gondola.generations.open";
    private static final long POLL_MILLIS = 20;
    /** Beyond what the steps take: connections, prompts, a busy machine. */
    private static final double SLACK_SECONDS = 120;

    private StreamsBenchmark() {}

    /**
     * Measures.
     *
     * @param model a model's directory, of which tokenizer and chat template count
     * @param stepMillis what each step takes, so how long a stream waits for each token
     */
    public static StreamsReport run(Path model, int instances, int streams, int tokens, int stepMillis)
            throws IOException, StartupException {
        CostModel costs = new CostModel(TimeUnit.MILLISECONDS.toNanos(stepMillis), 0, 0);
        double secondsMax = Math.min(LoadPlan.SECONDS_MAX, 2 * tokens * (stepMillis / 1e3) + SLACK_SECONDS);
        try (Standalone gondola = BenchServer.start(model, instances, streams, costs);
                ClientProcess client = ClientProcess.start()) {
            List<String> requests = KIND.of(tokens, true);
            LoadResult alone = client.run(LoadPlan.once(gondola.port(), requests, secondsMax));
            LoadPlan plan = new LoadPlan(gondola.port(), requests, alone.textHashes(), streams, 0, secondsMax, streams);
            MemoryUse before = MemoryUse.now();
            CpuTimes cpuBefore = CpuTimes.now();
            CompletableFuture<LoadResult> load = CompletableFuture.supplyAsync(() -> run(client, plan));
            int openMax = awaitOpen(gondola, streams, load);
            MemoryUse perStream = MemoryUse.now().since(before).dividedBy(streams);
            LoadResult result = await(load);
            return new StreamsReport(
                    streams, tokens, openMax, result, perStream, CpuTimes.now().since(cpuBefore));
        }
    }

    private static LoadResult run(ClientProcess client, LoadPlan plan) {
        try {
            return client.run(plan);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Waits until all are open, or the load has ended; returns the most that were. */
    private static int awaitOpen(Standalone gondola, int streams, CompletableFuture<LoadResult> load)
            throws IOException {
        int openMax = 0;
        while (openMax < streams && !load.isDone()) {
            openMax =
                    Math.max(openMax, (int) gondola.registry().get(OPEN).gauge().value());
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", interrupted);
            }
        }
        return openMax;
    }

    private static LoadResult await(CompletableFuture<LoadResult> load) throws IOException {
        try {
            return load.join();
        } catch (CompletionException failure) {
            throw new IOException("the load failed: " + failure.getCause(), failure);
        }
    }
}
