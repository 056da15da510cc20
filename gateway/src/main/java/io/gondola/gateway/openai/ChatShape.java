package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.protocol.TokenLogprobs;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code chat.completion} and {@code chat.completion.chunk}. */
final class ChatShape implements ResponseShape {

    private static final String WHOLE = "chat.completion";
    private static final String CHUNK = "chat.completion.chunk";
    private static final String CONTENT = "content";

    /** Writes the fields of a delta. */
    private interface Delta {
        void write(JsonGenerator generator) throws IOException;
    }

    private final ResponseHead head;
    private final boolean includeUsage;
    private final boolean wantsLogprobs;
    private final ChatLogprobs logprobs;
    /** One for each choice, from its first piece on. */
    private final @Nullable ChunkTemplate[] templates;

    ChatShape(TextRequest request, long nowSeconds) {
        this.head = ResponseHead.of("chatcmpl-", request, nowSeconds);
        this.includeUsage = request.includeUsage();
        this.wantsLogprobs = request.topLogprobs() >= 0;
        this.logprobs = new ChatLogprobs(request.model().tokenizer());
        this.templates = new ChunkTemplate[request.generations()];
    }

    @Override
    public String id() {
        return head.id();
    }

    @Override
    public byte[] whole(List<FinishedChoice> choices, Usage usage) {
        return Json.write(generator -> {
            generator.writeStartObject();
            head.write(generator, WHOLE);
            generator.writeArrayFieldStart("choices");
            for (FinishedChoice choice : choices) {
                generator.writeStartObject();
                generator.writeNumberField("index", choice.index());
                generator.writeObjectFieldStart("message");
                generator.writeStringField("role", "assistant");
                generator.writeStringField(CONTENT, choice.text());
                generator.writeNullField("refusal");
                generator.writeArrayFieldStart("annotations");
                generator.writeEndArray();
                generator.writeEndObject();
                if (wantsLogprobs) {
                    logprobs.write(generator, choice.logprobs());
                } else {
                    generator.writeNullField("logprobs");
                }
                generator.writeStringField("finish_reason", choice.finishReason());
                generator.writeEndObject();
            }
            generator.writeEndArray();
            ResponseHead.writeUsage(generator, usage);
            generator.writeEndObject();
        });
    }

    @Override
    public boolean hasOpening() {
        return true;
    }

    @Override
    public byte[] opening(int index) {
        return chunk(index, List.of(), null, generator -> {
            generator.writeStringField("role", "assistant");
            generator.writeStringField(CONTENT, "");
            generator.writeNullField("refusal");
        });
    }

    @Override
    public byte[] piece(int index, String text, List<TokenLogprobs> tokens) {
        if (!tokens.isEmpty()) {
            return textChunk(index, text, tokens);
        }
        ChunkTemplate template = templates[index];
        if (template == null) {
            template = ChunkTemplate.of(textChunk(index, "", tokens), CONTENT);
            templates[index] = template;
        }
        return template.with(text);
    }

    private byte[] textChunk(int index, String text, List<TokenLogprobs> tokens) {
        return chunk(index, tokens, null, generator -> generator.writeStringField(CONTENT, text));
    }

    @Override
    public byte[] finish(int index, String finishReason) {
        return chunk(index, List.of(), finishReason, generator -> {});
    }

    private byte[] chunk(int index, List<TokenLogprobs> tokens, @Nullable String finishReason, Delta delta) {
        return Json.write(generator -> {
            generator.writeStartObject();
            head.write(generator, CHUNK);
            generator.writeArrayFieldStart("choices");
            generator.writeStartObject();
            generator.writeNumberField("index", index);
            generator.writeObjectFieldStart("delta");
            delta.write(generator);
            generator.writeEndObject();
            if (tokens.isEmpty()) {
                generator.writeNullField("logprobs");
            } else {
                logprobs.write(generator, tokens);
            }
            generator.writeStringField("finish_reason", finishReason);
            generator.writeEndObject();
            generator.writeEndArray();
            if (includeUsage) {
                generator.writeNullField("usage");
            }
            generator.writeEndObject();
        });
    }

    @Override
    public byte[] usage(Usage usage) {
        return head.usageChunk(CHUNK, usage);
    }
}
