package io.gondola.gateway.dispatch;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.TokenChunk;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One generation of a submission: its state, its current attempt, and its tokens so far, from which another goes on. */
final class Generation {

    private static final int TOKENS_INITIAL = 16;

    private final Submission submission;
    private final int index;
    private GenerationRequest request;
    private GenerationState state = GenerationState.SUBMITTED;
    private int[] tokens = new int[TOKENS_INITIAL];
    private int tokenCount;
    private long acceptByNanos;
    /** When the scheduler is reminded of it, if nothing is heard before. */
    private long remindAtNanos;

    private long submitPauseNanos = Reminders.SUBMIT_AGAIN_NANOS;
    private int fruitlessAttempts;
    private boolean wasAccepted;
    /** Who computes the attempt: the worker its first chunk came from. */
    private @Nullable String workerId;

    Generation(Submission submission, int index, GenerationRequest request, long nowNanos, long acceptByNanos) {
        this.submission = submission;
        this.index = index;
        this.request = request;
        this.acceptByNanos = acceptByNanos;
        remindAtNanos = nowNanos + submitPauseNanos;
    }

    Submission submission() {
        return submission;
    }

    int index() {
        return index;
    }

    GenerationRef ref() {
        return request.ref();
    }

    GenerationRequest request() {
        return request;
    }

    GenerationState state() {
        return state;
    }

    boolean isEnded() {
        return state == GenerationState.ENDED;
    }

    int tokenCount() {
        return tokenCount;
    }

    /** Whether the output is as long as it may be. */
    boolean isFull() {
        return tokenCount >= request.maxTokens();
    }

    boolean isOverdue(long nowNanos) {
        return state == GenerationState.SUBMITTED && nowNanos - acceptByNanos >= 0;
    }

    void toState(GenerationState next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException(ref() + " cannot become " + next + " from " + state);
        }
        state = next;
    }

    /** Attempts in a row that were lost without a token. */
    int fruitlessAttempts() {
        return fruitlessAttempts;
    }

    /**
     * Whether a chunk of the current attempt counts. While a queue changes hands two workers may compute the same attempt;
     * whose chunk comes first goes on.
     */
    boolean isComputedBy(String fromWorkerId) {
        if (workerId == null) {
            workerId = fromWorkerId;
        }
        return workerId.equals(fromWorkerId);
    }

    /** Something was heard of it. */
    void onHeard(long nowNanos) {
        remindAtNanos = nowNanos + Reminders.INQUIRE_NANOS;
    }

    /** Whether it is time to ask after it; asking counts as time anew. */
    boolean isInquiryDue(long nowNanos) {
        boolean isAnswered = state == GenerationState.ACCEPTED || state == GenerationState.RUNNING;
        if (!isAnswered || nowNanos - remindAtNanos < 0) {
            return false;
        }
        onHeard(nowNanos);
        return true;
    }

    /** Whether its submission is to be said again. */
    boolean isSubmitDue(long nowNanos) {
        return state == GenerationState.SUBMITTED && nowNanos - remindAtNanos >= 0;
    }

    /** Whether an owner that is replaced by now accepted this attempt. */
    boolean wasAccepted() {
        return wasAccepted;
    }

    /** The current attempt once more. */
    GenerationRequest submitAgain(long remainingNanos, long nowNanos) {
        submitPauseNanos = Math.min(2 * submitPauseNanos, Reminders.SUBMIT_AGAIN_NANOS_MAX);
        remindAtNanos = nowNanos + submitPauseNanos;
        request = request.withTimeoutNanos(remainingNanos);
        return request;
    }

    /**
     * Who answered is not the owner any more: as if nobody had. One that runs goes on, whoever owns its queue; should its
     * worker be gone too, the new owner is asked soon.
     */
    void toUnanswered(long nowNanos, long newAcceptByNanos) {
        if (state == GenerationState.RUNNING) {
            long soonNanos = nowNanos + Reminders.INQUIRE_NEW_OWNER_NANOS;
            remindAtNanos = remindAtNanos - soonNanos < 0 ? remindAtNanos : soonNanos;
        }
        if (state == GenerationState.ACCEPTED) {
            wasAccepted = true;
            toState(GenerationState.SUBMITTED);
        }
        if (state == GenerationState.SUBMITTED) {
            submitPauseNanos = Reminders.SUBMIT_AGAIN_NANOS;
            acceptByNanos = newAcceptByNanos;
            remindAtNanos = nowNanos;
        }
    }

    /** The next attempt, behind the tokens so far. */
    GenerationRequest toNextAttempt(long remainingNanos, long nowNanos, long newAcceptByNanos) {
        toState(GenerationState.SUBMITTED);
        wasAccepted = false;
        acceptByNanos = newAcceptByNanos;
        submitPauseNanos = Reminders.SUBMIT_AGAIN_NANOS;
        remindAtNanos = nowNanos + submitPauseNanos;
        workerId = null;
        fruitlessAttempts++;
        request = request.nextAttempt(Arrays.copyOf(tokens, tokenCount), remainingNanos);
        return request;
    }

    /**
     * Takes the tokens of a chunk that are new, at most as many as the output may have.
     *
     * @return the chunk with these alone; null when tokens before it are missing
     */
    @Nullable
    TokenChunk tryTake(TokenChunk chunk) {
        int known = tokenCount - chunk.offset();
        if (known < 0) {
            return null;
        }
        int[] all = chunk.tokens();
        int from = Math.min(known, all.length);
        int count = Math.min(all.length - from, request.maxTokens() - tokenCount);
        if (tokenCount + count > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(tokens.length * 2, tokenCount + count));
        }
        System.arraycopy(all, from, tokens, tokenCount, count);
        tokenCount += count;
        fruitlessAttempts = count > 0 ? 0 : fruitlessAttempts;
        if (from == 0 && count == all.length) {
            return chunk;
        }
        return new TokenChunk(
                chunk.ref(),
                chunk.offset() + from,
                Arrays.copyOfRange(all, from, from + count),
                chunk.logprobs().isEmpty() ? List.of() : chunk.logprobs().subList(from, from + count),
                chunk.promptLogprobs(),
                chunk.finish(),
                chunk.error(),
                chunk.start());
    }
}
