package io.gondola.gateway.embeddings;

/** How much one request for embeddings may ask for; the first two as OpenAI has them. */
public final class EmbeddingLimits {

    /** Inputs of one request. */
    public static final int INPUTS_MAX = 2_048;

    /** Tokens of all its inputs together. */
    public static final int REQUEST_TOKENS_MAX = 300_000;

    /** Inputs of one request that are with the scheduler at a time: one client's list must not fill the queue of all. */
    public static final int IN_FLIGHT_MAX = 256;

    /** Answers with more numbers than this are not written on the event loop. */
    public static final int INLINE_FLOATS_MAX = 8_192;

    /** How often a request begins anew because its version of the model was taken out of service. */
    public static final int RESTARTS_MAX = 8;

    private EmbeddingLimits() {}
}
