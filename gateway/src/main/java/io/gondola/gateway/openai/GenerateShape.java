package io.gondola.gateway.openai;

import io.gondola.protocol.TokenLogprobs;
import java.util.List;

/** {@code {"generated_text": ...}}, never streamed. */
final class GenerateShape implements ResponseShape {

    @Override
    public String id() {
        return "";
    }

    @Override
    public byte[] whole(List<FinishedChoice> choices, Usage usage) {
        return Json.write(generator -> {
            generator.writeStartObject();
            generator.writeStringField("generated_text", choices.get(0).text());
            generator.writeEndObject();
        });
    }

    @Override
    public boolean hasOpening() {
        return false;
    }

    @Override
    public byte[] opening(int index) {
        throw notStreamed();
    }

    @Override
    public byte[] piece(int index, String text, List<TokenLogprobs> logprobs) {
        throw notStreamed();
    }

    @Override
    public byte[] finish(int index, String finishReason) {
        throw notStreamed();
    }

    @Override
    public byte[] usage(Usage usage) {
        throw notStreamed();
    }

    private static UnsupportedOperationException notStreamed() {
        return new UnsupportedOperationException("/generate has no stream");
    }
}
