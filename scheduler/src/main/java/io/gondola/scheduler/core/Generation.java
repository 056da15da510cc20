package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import java.util.Comparator;
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
final class Generation {

    enum State {
        WAITING,
        ABOARD,
        PREEMPTED,
        REVOKED,
        ENDED
    }

    /** Deadline, then arrival. */
    static final Comparator<Generation> BY_DEADLINE =
            Comparator.<Generation>comparingLong(g -> g.deadlineNanos).thenComparingLong(g -> g.arrivalNumber);

    /** Who came last first. */
    static final Comparator<Generation> NEWEST_FIRST =
            Comparator.<Generation>comparingLong(g -> g.arrivalNumber).reversed();

    private final GenerationRequest request;
    private final long arrivalNanos;
    private final long arrivalNumber;
    private final long deadlineNanos;
    private State state = State.WAITING;
    private @Nullable Worker worker;
    private long blockedSinceNanos = NOT_BLOCKED;
    private long passedOverInRound;
    private long charge;

    private static final long NOT_BLOCKED = Long.MAX_VALUE;

    /** @param arrivalNumber counts arrivals, so that it orders those of one instant; from 1 */
    Generation(GenerationRequest request, long nowNanos, long arrivalNumber) {
        this.request = request;
        this.arrivalNanos = nowNanos;
        this.arrivalNumber = arrivalNumber;
        this.deadlineNanos = saturatingAdd(nowNanos, request.timeoutNanos());
    }

    GenerationRef ref() {
        return request.ref();
    }

    String gatewayId() {
        return request.gatewayId();
    }

    String tenant() {
        return request.tenant();
    }

    RequestClass requestClass() {
        return request.requestClass();
    }

    /** Tokens to prefill: what it adds to the queue's tokens. */
    int promptTokens() {
        return request.prefillTokens();
    }

    /** Tokens that it can still give out. */
    int outputTokensMax() {
        return request.maxTokens() - request.generatedTokens().length;
    }

    /** Tokens that earlier attempts gave out. */
    int outputTokensBefore() {
        return request.generatedTokens().length;
    }

    /** KV positions to reserve. */
    int kvTokens() {
        return request.kvTokensMax();
    }

    long arrivalNanos() {
        return arrivalNanos;
    }

    long arrivalNumber() {
        return arrivalNumber;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    State state() {
        return state;
    }

    @Nullable
    Worker worker() {
        return worker;
    }

    /** What its tenant was charged for it when it boarded. */
    long charge() {
        return charge;
    }

    void setCharge(long serviceUnits) {
        charge = serviceUnits;
    }

    /** Notes that it had no room in this round of boarding, and answers for how long that has been so. */
    long passOver(long round, long nowNanos) {
        passedOverInRound = round;
        blockedSinceNanos = Math.min(blockedSinceNanos, nowNanos);
        return nowNanos - blockedSinceNanos;
    }

    boolean wasPassedOver() {
        return blockedSinceNanos != NOT_BLOCKED;
    }

    boolean isPassedOverIn(long round) {
        return passedOverInRound == round;
    }

    /** The request as it goes to the worker: its timeout is what is left of it. */
    GenerationRequest requestAt(long nowNanos) {
        return new GenerationRequest(
                request.ref(),
                request.gatewayId(),
                request.model(),
                request.promptTokens(),
                request.generatedTokens(),
                request.maxTokens(),
                request.stopTokens(),
                request.sampling(),
                request.topLogprobs(),
                request.promptLogprobs(),
                request.tenant(),
                request.requestClass(),
                deadlineNanos - nowNanos);
    }

    void toAboard(Worker on) {
        require(State.WAITING);
        state = State.ABOARD;
        worker = on;
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
            throw new IllegalStateException(ref() + " ends twice");
        }
        state = State.ENDED;
        worker = null;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException(ref() + " is " + state + ", not " + expected);
        }
    }

    /** The sum, or the end of the range it would leave. */
    static long saturatingAdd(long a, long b) {
        long sum = a + b;
        return ((a ^ sum) & (b ^ sum)) < 0 ? (b < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }
}
