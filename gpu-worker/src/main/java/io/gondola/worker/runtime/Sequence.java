package io.gondola.worker.runtime;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A generation aboard: its slot, its tokens, and how many of them are in the KV cache.
 *
 * <pre>
 *   prefilling (position &lt; prefillTokens) --last chunk--> decoding (one token behind the history) --> ended
 * </pre>
 *
 * <p>Owned by one step loop's thread.
 */
final class Sequence {

    private final GenerationRequest request;
    private final QueueWait queueWait;
    private final long receivedNanos;
    private final int slot;
    private final long arrival;
    private final int outputMax;
    private final int[] history;
    private final List<TokenLogprobs> promptScores = new ArrayList<>();
    private int length;
    private int position;
    private int cachedTokens;
    private long lastStep = -1;

    /**
     * Boards a generation.
     *
     * @param outputMax as {@link #outputMax(GenerationRequest, int)} says
     * @param arrival counts the sequences of a loop; the older, the smaller
     */
    Sequence(
            GenerationRequest request, QueueWait queueWait, long receivedNanos, int slot, long arrival, int outputMax) {
        this.request = request;
        this.queueWait = queueWait;
        this.receivedNanos = receivedNanos;
        this.slot = slot;
        this.arrival = arrival;
        this.outputMax = outputMax;
        int prompt = request.promptTokens().length;
        int resumed = request.generatedTokens().length;
        this.history = Arrays.copyOf(request.promptTokens(), prompt + Math.max(outputMax, resumed));
        System.arraycopy(request.generatedTokens(), 0, history, prompt, resumed);
        this.length = prompt + resumed;
        if (request.promptLogprobs()) {
            // Nothing precedes the first token, so no model can score it.
            promptScores.add(new TokenLogprobs(history[0], Float.NaN, new int[0], new float[0]));
        }
    }

    /** Tokens that may come from the cache: all but the last, which must be fed; none of a prompt that is scored. */
    int reusableTokens() {
        return request.promptLogprobs() ? 0 : length - 1;
    }

    int[] history() {
        return history;
    }

    /** Before the first step: the first tokens are in the cache already. */
    void startBehind(int tokens) {
        position = tokens;
        cachedTokens = Math.min(tokens, request.promptTokens().length);
    }

    /** Tokens the output can have in all: what was asked for, as far as the context goes. */
    static int outputMax(GenerationRequest request, int contextTokensMax) {
        return Math.min(request.maxTokens(), contextTokensMax - request.promptTokens().length);
    }

    GenerationRequest request() {
        return request;
    }

    GenerationRef ref() {
        return request.ref();
    }

    int slot() {
        return slot;
    }

    long arrival() {
        return arrival;
    }

    /** The number of the last step it took part in; -1 before the first. */
    long lastStep() {
        return lastStep;
    }

    /** KV-cache positions in use. */
    int kvTokens() {
        return position;
    }

    /** KV-cache positions it may come to use. */
    int kvTokensMax() {
        return history.length;
    }

    /** Tokens that must be fed before the first one can be drawn; 0 once it decodes. */
    int prefillLeft() {
        return Math.max(0, request.prefillTokens() - position);
    }

    boolean isPrefilling() {
        return prefillLeft() > 0;
    }

    int outputTokens() {
        return length - request.promptTokens().length;
    }

    boolean isExpired(long nowNanos) {
        return isExpired(request, receivedNanos, nowNanos);
    }

    static boolean isExpired(GenerationRequest request, long receivedNanos, long nowNanos) {
        return nowNanos - receivedNanos >= request.timeoutNanos();
    }

    /** The row that feeds the next {@code count} tokens. */
    StepRow row(int count) {
        boolean reachesEnd = position + count == length;
        return new StepRow(
                slot,
                history,
                request.promptTokens().length,
                position,
                count,
                reachesEnd && outputTokens() < outputMax,
                request.sampling(),
                request.topLogprobs(),
                request.promptLogprobs() && isPrefilling());
    }

    /** Its last chunk, where no step gave that; with how it began, if nothing said so before. */
    TokenChunk end(FinishReason reason, String error, long nowNanos) {
        AttemptStart start =
                isPrefilling() ? new AttemptStart(cachedTokens, nowNanos - receivedNanos, queueWait) : null;
        return new TokenChunk(ref(), outputTokens(), new int[0], List.of(), List.of(), reason, error, start);
    }

    /** Takes in what a step gave, at {@code nowNanos}; null while there is nothing to tell the gateway. */
    @Nullable
    TokenChunk advance(StepRow row, RowResult result, long step, long nowNanos) {
        boolean wasPrefilling = isPrefilling();
        position += row.count();
        lastStep = step;
        promptScores.addAll(result.promptLogprobs());
        if (isPrefilling()) {
            return null;
        }
        List<TokenLogprobs> scores = wasPrefilling ? List.copyOf(promptScores) : List.of();
        AttemptStart start = wasPrefilling ? new AttemptStart(cachedTokens, nowNanos - receivedNanos, queueWait) : null;
        int offset = outputTokens();
        if (!row.sample()) {
            return new TokenChunk(ref(), offset, new int[0], List.of(), scores, FinishReason.LENGTH, "", start);
        }
        if (isStopToken(result.token())) {
            return new TokenChunk(ref(), offset, new int[0], List.of(), scores, FinishReason.STOP, "", start);
        }
        history[length++] = result.token();
        FinishReason finish = outputTokens() >= outputMax ? FinishReason.LENGTH : null;
        TokenLogprobs logprobs = result.logprobs();
        return new TokenChunk(
                ref(),
                offset,
                new int[] {result.token()},
                logprobs == null ? List.of() : List.of(logprobs),
                scores,
                finish,
                "",
                start);
    }

    private boolean isStopToken(int token) {
        for (int stop : request.stopTokens()) {
            if (stop == token) {
                return true;
            }
        }
        return false;
    }
}
