package io.gondola.scheduler.inference;

import io.gondola.protocol.Instants;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import java.util.Comparator;

/**
 * One inference as its scheduler sees it.
 *
 * <pre>
 *             ┌─────worker lost─────┐
 *             v                     │
 *   Submit ─> WAITING ──departs──> RUNNING ──cancel──> UNWANTED
 *             │   ^                 │                    │
 *             │   └late (DELAY)     │ BatchDone          │ BatchDone, worker lost
 *             │ cancel, refusal     v                    │
 *             └──────────────────> ENDED <───────────────┘
 * </pre>
 */
final class Inference {

    enum State {
        WAITING,
        RUNNING,
        UNWANTED,
        ENDED
    }

    /** Deadline, then arrival. */
    static final Comparator<Inference> BY_DEADLINE =
            Comparator.<Inference>comparingLong(i -> i.deadlineNanos).thenComparingLong(i -> i.arrivalNumber);

    /** When something must be done about it, then arrival. */
    static final Comparator<Inference> BY_DUE =
            Comparator.<Inference>comparingLong(Inference::dueNanos).thenComparingLong(i -> i.arrivalNumber);

    static final Comparator<Inference> BY_ARRIVAL = Comparator.comparingLong(i -> i.arrivalNumber);

    private final InferenceRequest request;
    private final String shapeKey;
    private final int rows;
    private final long bytes;
    private final long arrivalNanos;
    private final long arrivalNumber;
    private final long deadlineNanos;
    private final long lateNanos;
    private State state = State.WAITING;
    private boolean isLate;
    private int runs;
    private long passedOverInRound;

    /**
     * @param shapeKey what it must have in common with others of its batch
     * @param lateNanos when it will have waited too long for its model's policy; {@link Long#MAX_VALUE} for never
     */
    Inference(InferenceRequest request, String shapeKey, long nowNanos, long arrivalNumber, long lateNanos) {
        this.request = request;
        this.shapeKey = shapeKey;
        this.rows = rowsOf(request);
        this.bytes = request.bytes();
        this.arrivalNanos = nowNanos;
        this.arrivalNumber = arrivalNumber;
        this.deadlineNanos = Instants.after(nowNanos, request.timeoutNanos());
        this.lateNanos = lateNanos;
    }

    /** What it takes of a batch: an empty one takes a row too, so that every batch ends. */
    static int rowsOf(InferenceRequest request) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, request.rows()));
    }

    InferenceId id() {
        return request.id();
    }

    InferenceRequest request() {
        return request;
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

    String shapeKey() {
        return shapeKey;
    }

    int rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }

    long arrivalNanos() {
        return arrivalNanos;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** When it is refused or, by its model's policy, put behind the others. */
    long dueNanos() {
        return isLate ? deadlineNanos : Math.min(deadlineNanos, lateNanos);
    }

    State state() {
        return state;
    }

    boolean isLate() {
        return isLate;
    }

    /** Workers that it was given to. */
    int runs() {
        return runs;
    }

    void passOver(long round) {
        passedOverInRound = round;
    }

    boolean isPassedOverIn(long round) {
        return passedOverInRound == round;
    }

    /** To be called only while it is in no ordered set. */
    void toLate() {
        require(State.WAITING);
        isLate = true;
    }

    void toRunning() {
        require(State.WAITING);
        state = State.RUNNING;
        runs++;
    }

    void toUnwanted() {
        require(State.RUNNING);
        state = State.UNWANTED;
    }

    void toWaitingAgain() {
        require(State.RUNNING);
        state = State.WAITING;
    }

    void toEnded() {
        if (state == State.ENDED) {
            throw new IllegalStateException(id() + " ends twice");
        }
        state = State.ENDED;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException(id() + " is " + state + ", not " + expected);
        }
    }
}
