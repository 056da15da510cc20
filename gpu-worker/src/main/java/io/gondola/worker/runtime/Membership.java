package io.gondola.worker.runtime;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToScheduler.Census;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.WorkerLedger;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's standing with the owner of its queue, and its only way to say anything to it: a census in each period, from
 * a timer, so that a long step is not taken for death; and what the step loop reports.
 *
 * <pre>
 *   unknown --Welcome--&gt; member --leave()--&gt; left
 *     ^  |                |   |                ^
 *     |  +----------------|---+----leave()-----+
 *     +---another owner---+
 * </pre>
 *
 * <p>Any thread may call.
 */
final class Membership implements Outbox {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final long NEVER = Long.MIN_VALUE;

    private final Vertx vertx;
    private final String workerId;
    private final String model;
    private final LongSupplier nanoClock;
    private final WorkerLedger ledger;
    private long welcomedNanos = NEVER;
    private boolean hasHadWork;
    private boolean isDraining;
    private boolean hasLeft;
    private long timerId;

    Membership(Vertx vertx, String workerId, ModelDescription description, LongSupplier nanoClock) {
        this.vertx = vertx;
        this.workerId = workerId;
        this.model = description.model();
        this.nanoClock = nanoClock;
        ledger = new WorkerLedger(workerId, description);
    }

    /** Says who is here, now and from now on. */
    synchronized void join() {
        timerId = vertx.setPeriodic(0, Census.PERIOD_MILLIS, timer -> sendCensus());
    }

    /** An owner lives. */
    synchronized void onOwnerAlive(long epoch) {
        if (!hasLeft && ledger.onOwnerAlive(epoch, nanoClock.getAsLong())) {
            sendCensus();
        }
    }

    /** Whether the step loop is to carry this message out. */
    synchronized boolean tryTake(Fenced fenced) {
        long nowNanos = nanoClock.getAsLong();
        boolean isTaken = !hasLeft && ledger.tryTake(fenced, nowNanos);
        if (isTaken && !hasHadWork) {
            tellOfFirsts(fenced.message(), nowNanos);
        }
        return isTaken;
    }

    /** When this worker could have had work, and when it had. */
    private void tellOfFirsts(ToWorker message, long nowNanos) {
        if (message instanceof ToWorker.Welcome && welcomedNanos == NEVER) {
            welcomedNanos = nowNanos;
            LOG.debug("model {}: the owner of its queue knows this worker", model);
        } else if (message instanceof ToWorker.Admit && welcomedNanos != NEVER) {
            hasHadWork = true;
            LOG.info(
                    "model {}: first work, {} ms after the owner of its queue knew this worker",
                    model,
                    TimeUnit.NANOSECONDS.toMillis(nowNanos - welcomedNanos));
        }
    }

    synchronized boolean isMember() {
        return !hasLeft && ledger.isMember(nanoClock.getAsLong());
    }

    /** Takes nothing new from now on, as far as the owner hears of it. */
    synchronized void drain() {
        isDraining = true;
        sendCensus();
    }

    /** Whether nothing is aboard. */
    synchronized boolean isEmpty() {
        return ledger.isEmpty();
    }

    /** Says WorkerLeft, once, and nothing from then on. */
    synchronized void leave() {
        if (!hasLeft) {
            hasLeft = true;
            vertx.cancelTimer(timerId);
            send(new ToScheduler.WorkerLeft(workerId, model));
        }
    }

    /** What has ended stays in the census until the owner was told, so that it is never taken for lost between the two. */
    @Override
    public synchronized void toScheduler(ToScheduler.StepReport report) {
        send(report);
        ledger.onReported(report.finished());
    }

    @Override
    public void toGateway(String gatewayId, ToGateway message) {
        vertx.eventBus().send(Addresses.gateway(gatewayId), WireCodec.encode(message));
    }

    private synchronized void sendCensus() {
        if (!hasLeft) {
            send(ledger.nextCensus(nanoClock.getAsLong()));
            if (isDraining) {
                send(new ToScheduler.WorkerDraining(workerId, model));
            }
        }
    }

    private void send(ToScheduler message) {
        String address = Addresses.scheduler(model, ledger.ownerEpoch(nanoClock.getAsLong()));
        vertx.eventBus().send(address, WireCodec.encode(message));
    }
}
