package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.MILLI;
import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import io.gondola.protocol.GenerationRef;
import io.gondola.scheduler.core.Effect;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * What must hold once nothing goes wrong any more: whatever was lost is mended {@link #MENDED_NANOS} after the last fault,
 * and nobody who lives, and is heard, pays for it later.
 *
 * <ul>
 *   <li>Everybody heeds the owner that lives.
 *   <li>No slot is kept for an attempt that is not there.
 *   <li>No worker of the owner's goes on with what no client takes: one that was cancelled, or replaced, or whose tokens have a gap.
 *   <li>Nobody who lives is given up, and no attempt is lost.
 * </ul>
 */
final class QuietChecks {

    /** From the last fault to the time when all must agree: over an owner's silence, which is the longest thing to wait for. */
    private static final long MENDED_NANOS = 3 * SECOND;

    /** Longer than any step. */
    private static final long LOOK_NANOS = SECOND / 2;

    private final SimWorld world;
    /** What is wrong, and since when. */
    private final TreeMap<String, Long> sinceNanos = new TreeMap<>();

    QuietChecks(SimWorld world) {
        this.world = world;
    }

    /** Looks around now, and again and again from now on. */
    void look() {
        Set<String> wrongs = new LinkedHashSet<>();
        if (!world.schedulers.isEmpty()) {
            lookAtWorkers(wrongs);
            lookAtGateways(wrongs);
        }
        sinceNanos.keySet().retainAll(wrongs);
        for (String wrong : wrongs) {
            long since = sinceNanos.computeIfAbsent(wrong, fresh -> world.nowNanos());
            if (world.nowNanos() - Math.max(since, world.quietSinceNanos()) >= MENDED_NANOS) {
                throw new AssertionError(wrong + ", and nobody mends it for " + MENDED_NANOS / MILLI + " ms");
            }
        }
        world.after(LOOK_NANOS, this::look);
    }

    void onEffect(Effect effect) {
        if (world.nowNanos() - world.quietSinceNanos() < MENDED_NANOS) {
            return;
        }
        if (effect instanceof Effect.WorkerSilent silent && world.workers.containsKey(silent.workerId())) {
            throw new AssertionError(silent.workerId() + " lives, and is given up");
        } else if (effect instanceof Effect.GatewaySilent silent) {
            SimGateway gateway = world.gateways.get(silent.gatewayId());
            if (gateway != null && !gateway.open().isEmpty()) {
                throw new AssertionError(silent.gatewayId() + " lives and waits, and is given up");
            }
        } else if (effect instanceof Effect.Ended ended && ended.end() == Effect.End.LOST) {
            throw new AssertionError(ended.ref() + " is lost, and nothing went wrong");
        }
    }

    private void lookAtWorkers(Set<String> wrongs) {
        for (SimWorker worker : world.workers.values()) {
            if (worker.heeds() != world.owner().epoch) {
                wrongs.add(worker.id + " heeds " + worker.heeds() + ", and the owner is " + world.owner().epoch);
            }
            for (GenerationRef ref : world.owner().invariants.aboard(worker.id)) {
                if (worker.tryGet(ref) == null) {
                    wrongs.add(worker.id + " has a slot kept for " + ref + ", which is not there");
                }
            }
            for (SimSequence sequence : worker.sequences()) {
                if (world.owner().invariants.isMember(worker.id) && isInVain(sequence)) {
                    wrongs.add(worker.id + " goes on with " + sequence.request.ref() + " in vain");
                }
                sequence.givenBefore = sequence.given;
            }
        }
    }

    private void lookAtGateways(Set<String> wrongs) {
        for (SimGateway gateway : world.gateways.values()) {
            if (gateway.heeds() != world.owner().epoch) {
                wrongs.add(gateway.id() + " heeds " + gateway.heeds() + ", and the owner is " + world.owner().epoch);
            }
        }
    }

    /** Whether it gave tokens since the last look, and no client took those from before. */
    private boolean isInVain(SimSequence sequence) {
        if (sequence.given == sequence.givenBefore) {
            return false;
        }
        SimGateway gateway = world.gateways.get(sequence.request.gatewayId());
        if (gateway == null) {
            return false; // Gone, and an owner that came later may never have heard of it.
        }
        SimClient client = gateway.tryCurrent(sequence.request.ref());
        return client == null || client.tokens.size() < sequence.givenBefore;
    }
}
