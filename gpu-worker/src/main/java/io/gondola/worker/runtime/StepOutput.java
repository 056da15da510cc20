package io.gondola.worker.runtime;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ToGateway.TokenFrame;
import io.gondola.protocol.ToScheduler.Finished;
import io.gondola.protocol.ToScheduler.StepReport;
import io.gondola.protocol.TokenChunk;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a step loop has to say, gathered until it is sent: the chunks of one step in one frame for each gateway, and the
 * account to the scheduler, at once when something ended and otherwise in its period.
 *
 * <p>Frames go out before the report: whoever learns that a slot is free may know that its tokens are on their way.
 */
final class StepOutput {

    private static final long REPORT_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(StepReport.PERIOD_MILLIS);

    private final String workerId;
    private final String model;
    private final Outbox outbox;
    private final Map<String, List<TokenChunk>> chunksByGateway = new LinkedHashMap<>();
    private final List<Finished> finished = new ArrayList<>();
    private boolean loadChanged;
    private long prefillTokens;
    private long outputTokens;
    private long stepNanos;
    private long reportedNanos;

    StepOutput(String workerId, String model, Outbox outbox, long nowNanos) {
        this.workerId = workerId;
        this.model = model;
        this.outbox = outbox;
        this.reportedNanos = nowNanos - REPORT_PERIOD_NANOS;
    }

    /** Something for a gateway. */
    void chunk(String gatewayId, TokenChunk chunk) {
        chunksByGateway.computeIfAbsent(gatewayId, absent -> new ArrayList<>()).add(chunk);
        outputTokens += chunk.tokens().length;
    }

    /** Something ended, and what it held is free. */
    void finished(GenerationRef ref, FinishReason reason, int outputTokensInAll) {
        finished.add(new Finished(ref, reason, outputTokensInAll));
    }

    /** Something boarded. */
    void loadChanged() {
        loadChanged = true;
    }

    void stepped(long nanos, long prefillTokensOfStep) {
        stepNanos = nanos;
        prefillTokens += prefillTokensOfStep;
    }

    /**
     * Sends the frames, and the report if it is due.
     *
     * @param sequences aboard now
     * @param kvTokens positions in use now
     */
    void send(long nowNanos, int sequences, long kvTokens) {
        chunksByGateway.forEach(
                (gatewayId, chunks) -> outbox.toGateway(gatewayId, new TokenFrame(workerId, model, chunks)));
        chunksByGateway.clear();
        boolean periodOver = nowNanos - reportedNanos >= REPORT_PERIOD_NANOS;
        if (finished.isEmpty() && !(periodOver && (sequences > 0 || loadChanged))) {
            return;
        }
        outbox.toScheduler(
                new StepReport(workerId, model, stepNanos, sequences, kvTokens, prefillTokens, outputTokens, finished));
        finished.clear();
        loadChanged = false;
        prefillTokens = 0;
        outputTokens = 0;
        reportedNanos = nowNanos;
    }
}
