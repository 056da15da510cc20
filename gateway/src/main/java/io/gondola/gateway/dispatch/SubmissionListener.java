package io.gondola.gateway.dispatch;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.TokenChunk;

/** What the owner of a {@link Submission} is told. All calls are made on its event loop; none after the end. */
public interface SubmissionListener {

    /** The scheduler took it, or its first chunk came before that word. Once. */
    void onAccepted();

    /**
     * New tokens of one generation, none twice, none missing.
     *
     * @param index of the generation in the submission
     * @param chunk fresh tokens and what came with them; its {@code finish} is for the submission to handle
     * @return whether these are all the client wants (a stop string was met): the generation is then cancelled, and
     *     ends as {@link FinishReason#STOP}
     */
    boolean onTokens(int index, TokenChunk chunk, long nowNanos);

    /** One generation ended well: {@link FinishReason#STOP} or {@link FinishReason#LENGTH}. */
    void onFinished(int index, FinishReason reason);

    /** The submission as a whole failed; what was still open of it has been cancelled. */
    void onFailed(GenerationFailure failure);

    /** All that one message brought has been told: the time to write. */
    void onFlush();
}
