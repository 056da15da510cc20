package io.gondola.gateway.dispatch;

import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.TokenChunk;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What schedulers and workers say to one event loop, each to the generation it is for. */
final class Answers {

    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private final SchedulerClient client;
    private final OpenGenerations open;
    private final GatewayMetrics metrics;
    private final StrayChunks strays = new StrayChunks();
    private final List<Submission> toFlush = new ArrayList<>();

    Answers(SchedulerClient client, OpenGenerations open, GatewayMetrics metrics) {
        this.client = client;
        this.open = open;
        this.metrics = metrics;
    }

    void on(ToGateway message, long nowNanos) {
        if (message instanceof ToGateway.TokenFrame frame) {
            onFrame(frame, nowNanos);
        } else if (message instanceof ToGateway.Accepted accepted) {
            if (isHeeded(accepted.refs(), accepted.epoch(), nowNanos)) {
                forEachOpen(
                        accepted.refs(), generation -> generation.submission().onAccepted(generation, nowNanos));
            }
        } else if (message instanceof ToGateway.Rejected rejected) {
            if (isHeeded(rejected.refs(), rejected.epoch(), nowNanos)) {
                onRejected(rejected, nowNanos);
            }
        } else if (message instanceof ToGateway.AttemptLost lost) {
            if (isHeeded(lost.refs(), lost.epoch(), nowNanos)) {
                forEachOpen(lost.refs(), generation -> generation.submission().retry(generation, nowNanos));
            }
        }
    }

    /** Whether anything here is concerned, and this scheduler has a say in it. */
    private boolean isHeeded(List<GenerationRef> refs, long epoch, long nowNanos) {
        for (GenerationRef ref : refs) {
            Generation generation = open.find(ref);
            if (generation != null) {
                return client.heed(generation.request().model(), epoch, nowNanos);
            }
        }
        return false;
    }

    /** All refs first, so that what the scheduler has refused already is not cancelled on top. */
    private void onRejected(ToGateway.Rejected rejected, long nowNanos) {
        Set<Submission> refused = new LinkedHashSet<>();
        forEachOpen(rejected.refs(), generation -> {
            if (rejected.rejection().reason() == Rejection.Reason.CANCELLED) {
                // Not by this gateway, or it would not be open.
                generation.submission().retry(generation, nowNanos);
            } else {
                generation.submission().onRejected(generation);
                refused.add(generation.submission());
            }
        });
        boolean late = rejected.rejection().reason() == Rejection.Reason.DEADLINE;
        for (Submission submission : refused) {
            submission.fail(
                    late
                            ? new GenerationFailure.DeadlinePassed(
                                    rejected.rejection().waitReason())
                            : new GenerationFailure.Rejected(rejected.rejection()));
        }
    }

    private interface GenerationAction {
        void on(Generation generation);
    }

    private void forEachOpen(List<GenerationRef> refs, GenerationAction action) {
        for (GenerationRef ref : refs) {
            Generation generation = open.find(ref);
            if (generation != null) {
                guarded(generation.submission(), () -> {
                    action.on(generation);
                    generation.submission().listener().onFlush();
                });
            }
        }
    }

    private void onFrame(ToGateway.TokenFrame frame, long nowNanos) {
        for (TokenChunk chunk : frame.chunks()) {
            Generation generation = open.find(chunk.ref());
            if (generation == null || !generation.isComputedBy(frame.workerId())) {
                onStale(frame.model(), chunk, nowNanos);
                continue;
            }
            Submission submission = generation.submission();
            onChunk(submission, generation, chunk, nowNanos);
            if (!submission.flushPending) {
                submission.flushPending = true;
                toFlush.add(submission);
            }
        }
        for (Submission submission : toFlush) {
            submission.flushPending = false;
            guarded(submission, () -> submission.listener().onFlush());
        }
        toFlush.clear();
    }

    private void onStale(String model, TokenChunk chunk, long nowNanos) {
        metrics.onStaleChunk();
        if (chunk.finish() == null && !open.contains(chunk.ref().id()) && strays.isCancelDue(chunk.ref(), nowNanos)) {
            client.sendCancel(model, List.of(chunk.ref()));
        }
    }

    private void onChunk(Submission submission, Generation generation, TokenChunk chunk, long nowNanos) {
        try {
            submission.onChunk(generation, chunk, nowNanos);
        } catch (RuntimeException fault) {
            onFault(submission, fault);
        }
    }

    /** A fault with one client's request must not reach the others in the same message. */
    static void guarded(Submission submission, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException fault) {
            onFault(submission, fault);
        }
    }

    private static void onFault(Submission submission, RuntimeException fault) {
        LOG.error("request of {} generations failed", submission.generations().length, fault);
        submission.fail(new GenerationFailure.Internal());
    }
}
