package io.gondola.gateway.dispatch;

import io.gondola.gateway.metrics.ModelMetrics;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.WaitReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The generations of one client request, and the one owner of their ends: each ends once, by its last chunk, by a stop
 * string, by a failure of the submission, or by {@link #cancel}. Belongs to one event loop.
 */
public final class Submission {

    /**
     * How long past the deadline of what has no token yet the word of scheduler or worker is waited for, which end it at
     * the same deadline and know what it waited for.
     */
    static final long LAST_WORD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final SchedulerClient client;
    private final SubmissionListener listener;
    private final ModelMetrics metrics;
    private final String model;
    private final long deadlineNanos;
    private final Generation[] generations;
    private int openCount;
    private boolean accepted;

    // For the client's lists.
    int position;
    boolean flushPending;

    Submission(
            SchedulerClient client,
            List<GenerationRequest> requests,
            long nowNanos,
            long acceptByNanos,
            long deadlineNanos,
            ModelMetrics metrics,
            SubmissionListener listener) {
        this.client = client;
        this.listener = listener;
        this.metrics = metrics;
        this.deadlineNanos = deadlineNanos;
        model = requests.get(0).model();
        generations = new Generation[requests.size()];
        for (int i = 0; i < generations.length; i++) {
            generations[i] = new Generation(this, i, requests.get(i), nowNanos, acceptByNanos);
        }
        openCount = generations.length;
        metrics.addGenerationsOpen(openCount);
    }

    Generation[] generations() {
        return generations;
    }

    String model() {
        return model;
    }

    long remainingNanos(long nowNanos) {
        return deadlineNanos - nowNanos;
    }

    /** Whether all has ended. */
    public boolean isOver() {
        return openCount == 0;
    }

    /** Nobody wants the rest any more: the scheduler is told at once, the listener nothing. */
    public void cancel() {
        if (openCount > 0) {
            client.sendCancel(model, endAll());
        }
    }

    void onAccepted(Generation generation, long nowNanos) {
        generation.onHeard(nowNanos);
        if (generation.state() == GenerationState.SUBMITTED) {
            generation.toState(GenerationState.ACCEPTED);
            tellAccepted();
        }
    }

    /** The scheduler has forgotten it; {@link #fail} follows when all that it refused are known. */
    void onRejected(Generation generation) {
        end(generation);
    }

    void onChunk(Generation generation, TokenChunk chunk, long nowNanos) {
        TokenChunk fresh = generation.tryTake(chunk);
        if (fresh == null) {
            // A frame was lost on the way: the worker's attempt is of no use any more.
            client.sendCancel(model, List.of(generation.ref()));
            retry(generation, nowNanos);
            return;
        }
        generation.onHeard(nowNanos);
        if (generation.state() != GenerationState.RUNNING) {
            generation.toState(GenerationState.RUNNING);
            tellAccepted();
        }
        metrics.onOutput(fresh.tokens().length);
        boolean satisfied = !generation.isEnded() && listener.onTokens(generation.index(), fresh, nowNanos);
        if (generation.isEnded()) {
            return;
        }
        FinishReason finish = chunk.finish();
        if (satisfied) {
            cancelUnless(finish != null, generation);
            finish(generation, FinishReason.STOP);
        } else if (finish != null) {
            onFinish(generation, finish, chunk.error(), nowNanos);
        } else if (fresh.tokens().length < chunk.tokens().length && generation.isFull()) {
            // More tokens than were asked for: the client gets what it asked for.
            cancelUnless(false, generation);
            finish(generation, FinishReason.LENGTH);
        }
    }

    private void cancelUnless(boolean alreadyOver, Generation generation) {
        if (!alreadyOver) {
            client.sendCancel(model, List.of(generation.ref()));
        }
    }

    private void onFinish(Generation generation, FinishReason reason, String error, long nowNanos) {
        switch (reason) {
            case STOP:
            case LENGTH:
                finish(generation, reason);
                break;
            case CANCELLED:
                // Not by this gateway, or it would not be open: the worker gave it up.
                retry(generation, nowNanos);
                break;
            case DEADLINE:
                end(generation);
                fail(new GenerationFailure.DeadlinePassed(WaitReason.NONE));
                break;
            case ERROR:
                end(generation);
                fail(new GenerationFailure.EngineFailed(error));
                break;
        }
    }

    /** The worker is gone, or what it sent: another goes on behind the tokens so far. */
    void retry(Generation generation, long nowNanos) {
        client.metrics().onAttemptLost();
        long remainingNanos = remainingNanos(nowNanos);
        if (generation.isFull() && generation.tokenCount() > 0) {
            finish(generation, FinishReason.LENGTH);
        } else if (remainingNanos <= 0) {
            end(generation);
            fail(new GenerationFailure.DeadlinePassed(WaitReason.NONE));
        } else if (generation.fruitlessAttempts() + 1 >= client.attemptsMax()) {
            end(generation);
            fail(new GenerationFailure.AttemptsExhausted(client.attemptsMax()));
        } else {
            client.resubmit(generation, remainingNanos, nowNanos);
        }
    }

    void onTick(long nowNanos) {
        if (nowNanos - deadlineNanos >= (isAccepted() ? LAST_WORD_NANOS : 0)) {
            fail(new GenerationFailure.DeadlinePassed(WaitReason.NONE));
            return;
        }
        for (Generation generation : generations) {
            if (generation.isOverdue(nowNanos)) {
                fail(new GenerationFailure.Unanswered(client.acceptTimeoutMillis()));
                return;
            }
        }
    }

    /** Whether something waits in the scheduler's queue, or is in prefill. */
    private boolean isAccepted() {
        for (Generation generation : generations) {
            if (generation.state() == GenerationState.ACCEPTED) {
                return true;
            }
        }
        return false;
    }

    /** Ends all that is open, tells the scheduler, and the listener once. */
    void fail(GenerationFailure failure) {
        List<GenerationRef> rest = endAll();
        if (!rest.isEmpty()) {
            client.sendCancel(model, rest);
        }
        listener.onFailed(failure);
    }

    SubmissionListener listener() {
        return listener;
    }

    private void tellAccepted() {
        if (!accepted) {
            accepted = true;
            listener.onAccepted();
        }
    }

    private void finish(Generation generation, FinishReason reason) {
        end(generation);
        listener.onFinished(generation.index(), reason);
    }

    private List<GenerationRef> endAll() {
        List<GenerationRef> refs = new ArrayList<>(openCount);
        for (Generation generation : generations) {
            if (!generation.isEnded()) {
                refs.add(generation.ref());
                end(generation);
            }
        }
        return refs;
    }

    /** The one place where a generation ends. */
    private void end(Generation generation) {
        generation.toState(GenerationState.ENDED);
        client.forget(generation);
        metrics.addGenerationsOpen(-1);
        openCount--;
        if (openCount == 0) {
            client.forget(this);
        }
    }
}
