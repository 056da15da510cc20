package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.QueueWait;
import io.gondola.scheduler.collect.Heap;
import io.gondola.scheduler.presence.LifeSign;
import java.util.ArrayList;
import java.util.List;

/** A worker and what is reserved on it: one slot and all the KV tokens it can ever need for each sequence. */
final class Worker extends Heap.Item {

    /** All slots, as {@link #shareInUse()} counts. */
    static final long SHARE_OF_ALL = 1 << 20;

    final LifeSign lifeSign;
    final String id;
    final int slots;
    final int contextTokensMax;
    final long kvTokensMax;
    /** Counts the workers that joined. */
    final int number;

    long joinedNanos;
    /** The number of the newest message to it; 0 when there is none. */
    long toldNumber;

    /** Nobody ever boarded it. */
    boolean isUntried = true;
    /** The share of its slots in use beyond which others go before it. */
    long shareAllowed = SHARE_OF_ALL;
    /** Who boards it with the event at hand; none between two events. */
    List<GenerationRequest> admitted = List.of();

    List<QueueWait> waits = List.of();
    /** In the order in which they boarded; as few as there are slots, so that to look through them touches none. */
    private final List<Generation> aboard = new ArrayList<>();

    private long kvTokensUsed;
    /** Sequences that it says it has and nobody waits for: they hold what they hold until it says no more that it has them. */
    int strays;

    long strayTokens;
    /** About to leave: nobody boards it any more. */
    boolean isDraining;

    Worker(LifeSign lifeSign, String id, int number, ModelDescription description) {
        super(0, number);
        this.number = number;
        this.lifeSign = lifeSign;
        this.id = id;
        slots = Math.max(0, description.slots());
        contextTokensMax = description.contextTokensMax();
        kvTokensMax = Math.max(0, description.kvTokensMax());
    }

    int slotsUsed() {
        return aboard.size() + strays;
    }

    /** Slots in use, in parts of {@link #SHARE_OF_ALL}. */
    long shareInUse() {
        return slotsUsed() * SHARE_OF_ALL / slots;
    }

    long kvTokensUsed() {
        return kvTokensUsed + strayTokens;
    }

    long freeTokens() {
        return Math.max(0, kvTokensMax - kvTokensUsed());
    }

    /** KV tokens of the largest request that fits now; 0 without a free slot. */
    long roomTokens() {
        boolean isClosed = isDraining || slotsUsed() >= slots;
        return isClosed ? 0 : Math.min(contextTokensMax, kvTokensMax - kvTokensUsed());
    }

    /** KV tokens of the largest request that would fit in the place of one that is aboard. */
    long roomTokensWithout(Generation generation) {
        long room = kvTokensMax - kvTokensUsed() + generation.kvTokens;
        return isDraining ? 0 : Math.min(contextTokensMax, room);
    }

    /** KV tokens of the largest request that fits when nothing else is aboard. */
    long capabilityTokens() {
        return slots == 0 ? 0 : Math.min(contextTokensMax, kvTokensMax);
    }

    List<Generation> aboard() {
        return List.copyOf(aboard);
    }

    void board(Generation generation) {
        isUntried = false;
        aboard.add(generation);
        kvTokensUsed += generation.kvTokens;
    }

    /** Frees what this one, which is aboard, held. */
    void leave(Generation generation) {
        aboard.remove(generation);
        kvTokensUsed -= generation.kvTokens;
    }
}
