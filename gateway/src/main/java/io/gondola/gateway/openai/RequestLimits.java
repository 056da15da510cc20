package io.gondola.gateway.openai;

/**
 * How much one client request may ask for.
 *
 * @param promptsMax prompts in one completions request
 * @param choicesMax choices ({@code n}) for each prompt
 * @param generationsMax prompts times choices
 * @param messagesMax messages in one chat
 * @param stopStringsMax stop strings
 * @param stopStringCharsMax characters of one stop string
 * @param tenantCharsMax characters of {@code user}
 * @param timeoutNanosDefault the deadline of a request that names none
 * @param timeoutNanosMax the latest deadline a request may name
 */
public record RequestLimits(
        int promptsMax,
        int choicesMax,
        int generationsMax,
        int messagesMax,
        int stopStringsMax,
        int stopStringCharsMax,
        int tenantCharsMax,
        long timeoutNanosDefault,
        long timeoutNanosMax) {

    public static final RequestLimits DEFAULT =
            new RequestLimits(128, 16, 128, 2048, 16, 256, 256, 600_000_000_000L, 86_400_000_000_000L);

    /** The same with another default deadline. */
    public RequestLimits withTimeoutNanosDefault(long nanos) {
        return new RequestLimits(
                promptsMax,
                choicesMax,
                generationsMax,
                messagesMax,
                stopStringsMax,
                stopStringCharsMax,
                tenantCharsMax,
                nanos,
                Math.max(nanos, timeoutNanosMax));
    }
}
