package io.gondola.gateway.dispatch;

import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
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

    private final Vertx vertx;
    private final String gatewayId;
    private final GatewayLimits limits;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;
    private final OpenGenerations open;
    private final List<Submission> submissions = new ArrayList<>();
    private final Owners owners = new Owners();
    private final Answers answers;
    private final Reminders reminders;
    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();
    private long tickTimer = -1;

    /** @param gatewayId the name of this event loop in the cluster */
    public SchedulerClient(
            Vertx vertx, String gatewayId, GatewayLimits limits, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.vertx = vertx;
        this.gatewayId = gatewayId;
        this.limits = limits;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        open = new OpenGenerations(limits.generationsOpenMax());
        answers = new Answers(this, open, metrics);
        reminders = new Reminders(gatewayId, submissions, this::send, nanoClock.getAsLong());
    }

    /**
     * Listens. To be called on the event loop that all else happens on.
     *
     * @param models the served names of all that may be submitted
     */
    public Future<Void> start(List<String> models) {
        listen(
                Addresses.gateway(gatewayId),
                body -> answers.on(WireCodec.decodeToGateway(body), nanoClock.getAsLong()));
        models.forEach(model -> listen(
                Addresses.ownerAlive(model),
                body -> heed(model, WireCodec.decodeOwnerAlive(body).epoch(), nanoClock.getAsLong())));
        tickTimer = vertx.setPeriodic(TICK_MILLIS, timer -> onTick(nanoClock.getAsLong()));
        return Future.all(consumers.stream().map(MessageConsumer::completion).toList())
                .mapEmpty();
    }

    private interface BodyHandler {
        void on(Buffer body) throws WireFormatException;
    }

    private void listen(String address, BodyHandler handler) {
        consumers.add(vertx.eventBus().consumer(address, message -> {
            try {
                if (!(message.body() instanceof Buffer body)) {
                    throw new WireFormatException("no bytes");
                }
                handler.on(body);
            } catch (WireFormatException malformed) {
                metrics.malformedMessages().drop(address, malformed);
            }
        }));
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
        return Future.join(consumers.stream().map(MessageConsumer::unregister).toList())
                .mapEmpty();
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
        long nowNanos = nanoClock.getAsLong();
        Submission submission = new Submission(
                this,
                requests,
                nowNanos,
                acceptByNanos(nowNanos),
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
        GenerationRequest next = generation.toNextAttempt(remainingNanos, nowNanos, acceptByNanos(nowNanos));
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
        vertx.eventBus().send(owners.address(model, nanoClock.getAsLong()), WireCodec.encode(message));
    }

    private long acceptByNanos(long nowNanos) {
        return nowNanos + TimeUnit.MILLISECONDS.toNanos(limits.acceptTimeoutMillis());
    }

    private void onTick(long nowNanos) {
        // From the end, because whoever ends is replaced by the last.
        for (int i = submissions.size() - 1; i >= 0; i--) {
            if (i < submissions.size()) {
                Submission submission = submissions.get(i);
                Answers.guarded(submission, () -> submission.onTick(nowNanos));
            }
        }
        reminders.onTick(nowNanos);
    }

    /** Whether this life of the model's owner has a say here. */
    boolean heed(String model, long epoch, long nowNanos) {
        Owners.Heed heed = owners.heed(model, epoch, nowNanos);
        if (heed == Owners.Heed.REPLACED) {
            LOG.info("the queue of model {} has another owner", model);
            reminders.onOwnerReplaced(model, nowNanos, acceptByNanos(nowNanos));
        }
        return heed != Owners.Heed.IGNORED;
    }
}
