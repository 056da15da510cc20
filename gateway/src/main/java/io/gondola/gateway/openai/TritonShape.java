package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.TokenLogprobs;
import java.io.IOException;
import java.util.List;

/**
 * {@code {"model_name", "model_version", "text_output"}}, as Triton answers {@code generate}; each event of {@code
 * generate_stream} has the text that is new. The last one has no text and says why it is the last.
 */
final class TritonShape implements ResponseShape {

    private final String model;

    TritonShape(TextRequest request) {
        model = request.model().name();
    }

    @Override
    public String id() {
        return "";
    }

    @Override
    public byte[] whole(List<FinishedChoice> choices, Usage usage) {
        FinishedChoice only = choices.get(0);
        return finished(only.text(), only.finishReason());
    }

    @Override
    public boolean hasOpening() {
        return false;
    }

    @Override
    public byte[] opening(int index) {
        throw new UnsupportedOperationException("generate_stream has no opening");
    }

    @Override
    public byte[] piece(int index, String text, List<TokenLogprobs> logprobs) {
        return Json.write(json -> {
            json.writeStartObject();
            writeHead(json);
            json.writeStringField("text_output", text);
            json.writeEndObject();
        });
    }

    @Override
    public byte[] finish(int index, String finishReason) {
        return finished("", finishReason);
    }

    private byte[] finished(String text, String finishReason) {
        return Json.write(json -> {
            json.writeStartObject();
            writeHead(json);
            json.writeStringField("text_output", text);
            json.writeStringField("finish_reason", finishReason);
            json.writeEndObject();
        });
    }

    @Override
    public byte[] usage(Usage usage) {
        throw new UnsupportedOperationException("generate_stream has no usage");
    }

    @Override
    public boolean hasDone() {
        return false;
    }

    private void writeHead(JsonGenerator json) throws IOException {
        json.writeStringField("model_name", model);
        json.writeStringField("model_version", Long.toString(ServedModel.VERSION));
    }
}
