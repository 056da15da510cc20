package io.gondola.gateway.openai;

import io.gondola.protocol.TokenLogprobs;
import java.util.List;

/**
 * The JSON of one request's answer: whole, or chunk by chunk for a stream. Belongs to one request and one event loop.
 * Every method gives a JSON object in UTF-8, without the framing of an event. {@code /generate} has no stream: the
 * methods for chunks throw {@link UnsupportedOperationException} there.
 */
public interface ResponseShape {

    /** The shape that the API of this request has; the id and time of the answer are fixed here. */
    static ResponseShape of(TextRequest request, long nowSeconds) {
        return switch (request.kind()) {
            case CHAT -> new ChatShape(request, nowSeconds);
            case COMPLETION -> new CompletionShape(request, nowSeconds);
            case GENERATE -> new GenerateShape();
            case TRITON -> new TritonShape(request);
        };
    }

    /** {@code chatcmpl-...} or {@code cmpl-...}; empty where the shape has none. */
    String id();

    /** The whole answer; {@code choices} in order of their index. */
    byte[] whole(List<FinishedChoice> choices, Usage usage);

    /** Whether a stream begins each choice with {@link #opening}. */
    boolean hasOpening();

    /** The first chunk of a choice, which names the role (chat only). */
    byte[] opening(int index);

    /**
     * A chunk with text.
     *
     * @param logprobs of the tokens that came since the last chunk of this choice; empty when none were asked for
     */
    byte[] piece(int index, String text, List<TokenLogprobs> logprobs);

    /** The last chunk of a choice. */
    byte[] finish(int index, String finishReason);

    /** The last chunk of a stream whose client asked for usage: no choices. */
    byte[] usage(Usage usage);

    /** Whether a stream ends with {@code [DONE]}. */
    default boolean hasDone() {
        return true;
    }
}
