package io.gondola.gateway.openai;

/**
 * The body of {@code POST /generate} to a valid request, tokenised. Thread-safe; CPU work in proportion to the body's size, so
 * large bodies belong off the event loop.
 */
public final class GenerateParser {

    public GenerateParser(ServedModels models, RequestLimits limits) {}

    /** @throws ApiException that names the field which is wrong */
    public TextRequest parse(byte[] body, RequestHeaders headers) {
        throw new UnsupportedOperationException();
    }
}
