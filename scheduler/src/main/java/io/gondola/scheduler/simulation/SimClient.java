package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import io.gondola.protocol.GenerationRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One client's generation at a simulated gateway. */
final class SimClient {

    /** As the gateway's own. */
    enum State {
        SUBMITTED,
        ACCEPTED,
        RUNNING
    }

    private static final long SUBMIT_AGAIN_NANOS = SECOND / 2;
    private static final long INQUIRE_NANOS = SECOND;

    GenerationRequest request;
    final List<Integer> tokens = new ArrayList<>();
    final long deadlineNanos;
    SimGateway.Outcome outcome = SimGateway.Outcome.OPEN;
    String refusal = "";
    final long submittedNanos;
    long firstTokenNanos;
    long endedNanos;
    int outputTokens;
    State state = State.SUBMITTED;
    /** The same for those that were submitted together. */
    long together;

    long remindAtNanos;
    long submitPauseNanos;
    /** Who computes the attempt. */
    @Nullable
    String worker;

    SimClient(GenerationRequest request, long nowNanos) {
        this.request = request;
        submittedNanos = nowNanos;
        deadlineNanos = nowNanos + request.timeoutNanos();
        toSubmitted(nowNanos);
    }

    void toSubmitted(long nowNanos) {
        state = State.SUBMITTED;
        submitPauseNanos = SUBMIT_AGAIN_NANOS;
        remindAtNanos = nowNanos + submitPauseNanos;
    }

    void toHeard(State now, long nowNanos) {
        state = state == State.RUNNING ? State.RUNNING : now;
        remindAtNanos = nowNanos + INQUIRE_NANOS;
    }

    int[] tokensSoFar() {
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
}
