package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import io.gondola.protocol.GenerationId;
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
    /** Tokens of the prompt that the first worker to give a token did not have to compute. */
    int cachedTokens;

    State state = State.SUBMITTED;
    /** An owner that is replaced by now accepted this attempt. */
    boolean wasAccepted;
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

    /** The token at this place of this generation, whoever computes it. */
    static int token(GenerationId id, int place) {
        return (int) ((id.low() * 31 + place) % 1_000);
    }

    /** Its output is as it should be. */
    void checkOutput(int outputTokens) {
        for (int place = 0; place < tokens.size(); place++) {
            if (tokens.get(place) != token(request.ref().id(), place)) {
                throw new AssertionError("wrong token " + place + " of " + request.ref());
            }
        }
        if (outcome == SimGateway.Outcome.COMPLETE && tokens.size() != outputTokens) {
            throw new AssertionError(request.ref() + " is not whole");
        }
        tokens.clear(); // Counted, and wanted no more.
    }

    int[] tokensSoFar() {
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
}
