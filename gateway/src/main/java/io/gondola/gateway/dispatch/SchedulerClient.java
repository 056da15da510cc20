package io.gondola.gateway.dispatch;

import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop's line to schedulers and workers: submissions out, answers and tokens in, each to the generation it is
 * for. Everything in it happens on that event loop. One periodic tick serves all deadlines, so a request costs no timer.
 */
public final class SchedulerClient {

    /** How late a deadline or a time limit may be noticed. */
    public static final long TICK_MILLIS = 25;

    private static final Logger LOG = LoggerFactory.getLogger(SchedulerClient.class);
    private static final long MALFORMED_LOG_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Vertx vertx;
    private final String gatewayId;
    private final GatewayLimits limits;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;
    private final OpenGenerations open;
    private final List<Submission> submissions = new ArrayList<>();
    private final List<Submission> toFlush = new ArrayList<>();
    private @Nullable MessageConsumer<Object> consumer;
    private long tickTimer = -1;
    private long malformedLogAfterNanos;

    /** @param gatewayId the name of this event loop in the cluster */
    public SchedulerClient(
            Vertx vertx, String gatewayId, GatewayLimits limits, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.vertx = vertx;
        this.gatewayId = gatewayId;
        this.limits = limits;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        open = new OpenGenerations(limits.generationsOpenMax());
        malformedLogAfterNanos = nanoClock.getAsLong();
    }

    /** Listens. To be called on the event loop that all else happens on. */
    public Future<Void> start() {
        MessageConsumer<Object> newConsumer = vertx.eventBus().consumer(Addresses.gateway(gatewayId), this::onMessage);
        consumer = newConsumer;
        tickTimer = vertx.setPeriodic(TICK_MILLIS, timer -> onTick(nanoClock.getAsLong()));
        return newConsumer.completion();
    }

    /** Ends what is open with an error that says that this gateway closes. */
    public void failOpen() {
        for (Submission submission : List.copyOf(submissions)) {
            submission.fail(new GenerationFailure.Closing());
        }
    }

    /** Fails what is open, and listens no more. */
    public Future<Void> close() {
        vertx.cancelTimer(tickTimer);
        failOpen();
        MessageConsumer<Object> oldConsumer = consumer;
        return oldConsumer == null ? Future.succeededFuture() : oldConsumer.unregister();
    }

    public String gatewayId() {
        return gatewayId;
    }

    /**
     * Hands the generations of one client request over.
     *
     * @param requests first attempts, all of one model; their {@code timeoutNanos} is left until the deadline
     * @return null when {@link GatewayLimits#generationsOpenMax} are open
     */
    public @Nullable Submission trySubmit(
            List<GenerationRequest> requests, long deadlineNanos, SubmissionListener listener) {
        if (!open.hasRoomFor(requests.size())) {
            return null;
        }
        Submission submission = new Submission(
                this,
                requests,
                acceptByNanos(nanoClock.getAsLong()),
                deadlineNanos,
                metrics.ofModel(requests.get(0).model()),
                listener);
        for (Generation generation : submission.generations()) {
            open.add(generation);
        }
        submission.position = submissions.size();
        submissions.add(submission);
        send(submission.model(), new ToScheduler.Submit(requests));
        return submission;
    }

    /** Generations that have not ended. */
    public int openCount() {
        return open.size();
    }

    int attemptsMax() {
        return limits.attemptsMax();
    }

    long acceptTimeoutMillis() {
        return limits.acceptTimeoutMillis();
    }

    GatewayMetrics metrics() {
        return metrics;
    }

    void resubmit(Generation generation, long remainingNanos, long nowNanos) {
        GenerationRequest next = generation.toNextAttempt(remainingNanos, acceptByNanos(nowNanos));
        LOG.debug("attempt {} behind {} tokens", next.ref(), generation.tokenCount());
        send(next.model(), new ToScheduler.Submit(List.of(next)));
    }

    void sendCancel(String model, List<GenerationRef> refs) {
        send(model, new ToScheduler.Cancel(refs));
    }

    void forget(Generation generation) {
        open.remove(generation);
    }

    /** Its place is taken by the last one. */
    void forget(Submission submission) {
        Submission last = submissions.remove(submissions.size() - 1);
        if (last != submission) {
            submissions.set(submission.position, last);
            last.position = submission.position;
        }
    }

    private void send(String model, ToScheduler message) {
        vertx.eventBus().send(Addresses.scheduler(model), WireCodec.encode(message));
    }

    private long acceptByNanos(long nowNanos) {
        return nowNanos + TimeUnit.MILLISECONDS.toNanos(limits.acceptTimeoutMillis());
    }

    private void onTick(long nowNanos) {
        // From the end, because whoever ends is replaced by the last.
        for (int i = submissions.size() - 1; i >= 0; i--) {
            if (i < submissions.size()) {
                Submission submission = submissions.get(i);
                guarded(submission, () -> submission.onTick(nowNanos));
            }
        }
    }

    private void onMessage(Message<Object> message) {
        ToGateway decoded;
        try {
            if (!(message.body() instanceof Buffer)) {
                throw new WireFormatException("no bytes");
            }
            decoded = WireCodec.decodeToGateway((Buffer) message.body());
        } catch (WireFormatException malformed) {
            onMalformed(malformed);
            return;
        }
        long nowNanos = nanoClock.getAsLong();
        if (decoded instanceof ToGateway.TokenFrame frame) {
            onFrame(frame, nowNanos);
        } else if (decoded instanceof ToGateway.Accepted accepted) {
            forEachOpen(accepted.refs(), generation -> generation.submission().onAccepted(generation));
        } else if (decoded instanceof ToGateway.Rejected rejected) {
            onRejected(rejected, nowNanos);
        } else if (decoded instanceof ToGateway.AttemptLost lost) {
            forEachOpen(lost.refs(), generation -> generation.submission().retry(generation, nowNanos));
        }
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
                            ? new GenerationFailure.DeadlinePassed()
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
            if (generation == null) {
                metrics.onStaleChunk();
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

    private void onChunk(Submission submission, Generation generation, TokenChunk chunk, long nowNanos) {
        try {
            submission.onChunk(generation, chunk, nowNanos);
        } catch (RuntimeException fault) {
            onFault(submission, fault);
        }
    }

    /** A fault with one client's request must not reach the others in the same message. */
    private void guarded(Submission submission, Runnable action) {
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

    private void onMalformed(WireFormatException malformed) {
        metrics.onMalformedMessage();
        long nowNanos = nanoClock.getAsLong();
        if (nowNanos - malformedLogAfterNanos >= 0) {
            malformedLogAfterNanos = nowNanos + MALFORMED_LOG_PERIOD_NANOS;
            LOG.warn("malformed message dropped: {}", malformed.getMessage());
        }
    }
}
