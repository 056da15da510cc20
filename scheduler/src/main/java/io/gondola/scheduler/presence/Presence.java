package io.gondola.scheduler.presence;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ToScheduler.Census;
import io.gondola.protocol.ToScheduler.Inquire;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Workers and gateways as the owner of a queue hears of them, and this owner as they hear of it. Told what time it is. */
public final class Presence {

    private final PresenceLimits limits;
    private final Crew crew;
    private final Gateways gateways;
    private final Listening listening;
    private final Runnable sayAlive;
    private long nextAliveNanos = Long.MIN_VALUE;

    /**
     * @param epoch names this life of the owner
     * @param sayAlive tells all that it lives
     */
    public Presence(long epoch, PresenceLimits limits, Roster roster, Runnable sayAlive) {
        this.limits = limits;
        this.sayAlive = sayAlive;
        Liveness ofGateways = new Liveness(limits.gatewaySilenceNanos(), limits.gatewaysMax());
        crew = new Crew(epoch, roster, limits, ofGateways);
        gateways = new Gateways(roster, limits, ofGateways, crew::hasHeardAll);
        listening = new Listening(2 * limits.aliveNanos());
    }

    /** Before anything else of an event. */
    public void onTime(long nowNanos) {
        listening.onEvent(nowNanos);
        if (limits.aliveNanos() > 0 && nextAliveNanos <= nowNanos) {
            nextAliveNanos = nowNanos + limits.aliveNanos();
            sayAlive.run();
        }
    }

    public void onCensus(Census census, long nowNanos) {
        crew.onCensus(census, nowNanos, listening.nanos());
    }

    /** A worker that is known spoke. */
    public void onWorkerHeard(LifeSign sign) {
        sign.heardNanos = listening.nanos();
    }

    /** Who there is to hear, as the cluster's membership knows it. */
    public void onWorkersPresent(Set<String> workerIds) {
        crew.onPresent(workerIds);
    }

    /** Whether no worker lives that this owner has not heard. */
    public boolean knowsAll() {
        return gateways.knowsAll(listening.nanos());
    }

    /** It has nothing aboard. */
    public void onWorkerLoading(String workerId) {
        crew.onLoading(workerId);
    }

    public void onWorkerGone(String workerId) {
        crew.onGone(workerId);
    }

    public void onInquire(Inquire inquire) {
        onGatewayHeard(inquire.gatewayId());
        gateways.answer(inquire.gatewayId(), inquire.refs(), listening.nanos());
    }

    public void onGatewayHeard(String gatewayId) {
        gateways.onHeard(gatewayId, listening.nanos());
    }

    /** A gateway says something of one that ended, as if it had not heard. */
    public void answer(String gatewayId, GenerationRef ref) {
        gateways.answer(gatewayId, List.of(ref), listening.nanos());
    }

    public void onGatewayGone(String gatewayId) {
        gateways.onGone(gatewayId, () -> {});
    }

    /** Behind the message of an event, which may be the one that was missed: gives up who has been silent for too long. */
    public void giveUpSilent(Consumer<String> onWorker, Consumer<String> onGateway) {
        crew.liveness().giveUpSilent(listening.nanos(), onWorker.andThen(crew::onGone));
        // A gateway that waits for nothing has nothing to say.
        gateways.liveness()
                .giveUpSilent(
                        listening.nanos(), gatewayId -> gateways.onGone(gatewayId, () -> onGateway.accept(gatewayId)));
    }

    /** When something is due here if nothing happens before. */
    public long nextDueNanos(long nowNanos) {
        if (limits.aliveNanos() == 0) {
            return Long.MAX_VALUE;
        }
        // Before then this owner says that it lives, so this does not overflow.
        long silentNanos =
                Math.min(crew.liveness().nextDueNanos(), gateways.liveness().nextDueNanos());
        return silentNanos == Long.MAX_VALUE
                ? nextAliveNanos
                : Math.min(nextAliveNanos, nowNanos + silentNanos - listening.nanos());
    }
}
