package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Instants;
import io.gondola.protocol.RequestClass;
import io.gondola.scheduler.collect.Attempts;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a generation as the scheduler sees it.
 *
 * <pre>
 *                                   ┌──interactive work waits──> PREEMPTED
 *                                   │                              │    │ cancel, newer attempt
 *   Submit ──> WAITING ──board──> ABOARD ──cancel, newer attempt───┼────┴──> REVOKED
 *                 │                 │                              │            │
 *                 │ cancel,         │ Finished,                    │ Finished,  │ Finished,
 *                 │ refusal         │ WorkerLeft                   │ WorkerLeft │ WorkerLeft
 *                 └─────────────────┴────────────> ENDED <─────────┴────────────┘
 * </pre>
 *
 * ABOARD, PREEMPTED and REVOKED hold a slot and KV tokens of a worker: only the worker's word, or its going, frees them.
 * After PREEMPTED the gateway goes on with the next attempt; after REVOKED nobody does.
 */
final class Generation extends Attempts.Open {

    enum State {
        WAITING,
        ABOARD,
        PREEMPTED,
        REVOKED,
        ENDED
    }

    private static final long NOT_BLOCKED = Long.MAX_VALUE;

    final String gatewayId;
    /** Tokens to prefill: what it adds to the queue's tokens. */
    final int promptTokens;
    /** KV positions to reserve. */
    final int kvTokens;
    /** Tokens that it can still give out. */
    final int outputTokensMax;
    /** Tokens that earlier attempts gave out. */
    final int outputTokensBefore;

    final RequestClass requestClass;

    final long arrivalNanos;
    final long arrivalNumber;
    final long deadlineNanos;
    /** What its tenant was charged for it when it boarded. */
    long charge;
    /** Set when it enters the line. */
    @Nullable
    Tenant tenant;

    /** While it waits: what is aboard has it, and a prompt need not be kept twice. */
    private @Nullable GenerationRequest request;

    private State state = State.WAITING;
    private @Nullable Worker worker;
    private long blockedSinceNanos = NOT_BLOCKED;
    private long admitNumber;

    /** @param arrivalNumber counts arrivals, so that it orders those of one instant; from 1 */
    Generation(GenerationRequest request, long nowNanos, long arrivalNumber) {
        super(request.ref());
        this.request = request;
        gatewayId = request.gatewayId();
        this.arrivalNanos = nowNanos;
        this.arrivalNumber = arrivalNumber;
        promptTokens = request.prefillTokens();
        kvTokens = request.kvTokensMax();
        outputTokensBefore = request.generatedTokens().length;
        outputTokensMax = request.maxTokens() - outputTokensBefore;
        requestClass = request.requestClass();
        deadlineNanos = Instants.after(nowNanos, request.timeoutNanos());
    }

    Tenant tenant() {
        if (tenant == null) {
            throw new IllegalStateException(ref + " is in no line");
        }
        return tenant;
    }

    GenerationRequest request() {
        return Objects.requireNonNull(request, "waits no more");
    }

    State state() {
        return state;
    }

    @Nullable
    Worker worker() {
        return worker;
    }

    /** Notes that it has no room, and answers for how long that has been so. */
    long passOver(long nowNanos) {
        blockedSinceNanos = Math.min(blockedSinceNanos, nowNanos);
        return nowNanos - blockedSinceNanos;
    }

    boolean wasPassedOver() {
        return blockedSinceNanos != NOT_BLOCKED;
    }

    /** @param number of the message that lets it aboard; 0 when it is there already */
    void toAboard(Worker on, long number) {
        require(State.WAITING);
        admitNumber = number;
        request = null;
        state = State.ABOARD;
        worker = on;
    }

    /** Whether a worker that has taken this message has also got the one that let this aboard, or never will. */
    boolean isAdmittedBy(long seenNumber) {
        return admitNumber <= seenNumber;
    }

    void toPreempted() {
        require(State.ABOARD);
        state = State.PREEMPTED;
    }

    void toRevoked() {
        if (state != State.PREEMPTED) {
            require(State.ABOARD);
        }
        state = State.REVOKED;
    }

    void toEnded() {
        if (state == State.ENDED) {
            throw new IllegalStateException(ref + " ends twice");
        }
        state = State.ENDED;
        worker = null;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException(ref + " is " + state + ", not " + expected);
        }
    }
}
