package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.protocol.TokenLogprobs;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code text_completion}, whole and in chunks, which have the same shape. */
final class CompletionShape implements ResponseShape {

    private static final String OBJECT = "text_completion";
    private static final String TEXT = "text";

    private final ResponseHead head;
    private final boolean includeUsage;
    private final boolean wantsLogprobs;
    /** One for each choice: chunks go on counting where the last one ended. */
    private final CompletionLogprobs[] logprobs;
    /** One for each choice, from its first piece on. */
    private final @Nullable ChunkTemplate[] templates;

    CompletionShape(TextRequest request, long nowSeconds) {
        this.head = ResponseHead.of("cmpl-", request, nowSeconds);
        this.includeUsage = request.includeUsage();
        this.wantsLogprobs = request.topLogprobs() >= 0;
        this.templates = new ChunkTemplate[request.generations()];
        this.logprobs = new CompletionLogprobs[wantsLogprobs ? request.generations() : 0];
        for (int i = 0; i < logprobs.length; i++) {
            int[] prompt = request.prompts().get(i / request.n()).tokens();
            Tokenizer tokenizer = request.model().tokenizer();
            logprobs[i] = new CompletionLogprobs(
                    tokenizer,
                    request.echo() ? tokenizer.newDetokenizer() : tokenizer.newDetokenizer(prompt),
                    request.topLogprobs() > 0);
        }
    }

    @Override
    public String id() {
        return head.id();
    }

    @Override
    public byte[] whole(List<FinishedChoice> choices, Usage usage) {
        return Json.write(generator -> {
            generator.writeStartObject();
            head.write(generator, OBJECT);
            generator.writeArrayFieldStart("choices");
            for (FinishedChoice choice : choices) {
                writeChoice(
                        generator,
                        choice.index(),
                        choice.text(),
                        wantsLogprobs ? choice.logprobs() : null,
                        choice.finishReason());
            }
            generator.writeEndArray();
            ResponseHead.writeUsage(generator, usage);
            generator.writeEndObject();
        });
    }

    @Override
    public boolean hasOpening() {
        return false;
    }

    @Override
    public byte[] opening(int index) {
        throw new UnsupportedOperationException("completions have no opening chunk");
    }

    @Override
    public byte[] piece(int index, String text, List<TokenLogprobs> tokens) {
        if (!tokens.isEmpty()) {
            return chunk(index, text, tokens, null);
        }
        ChunkTemplate template = templates[index];
        if (template == null) {
            template = ChunkTemplate.of(chunk(index, "", null, null), TEXT);
            templates[index] = template;
        }
        return template.with(text);
    }

    @Override
    public byte[] finish(int index, String finishReason) {
        return chunk(index, "", null, finishReason);
    }

    private byte[] chunk(int index, String text, @Nullable List<TokenLogprobs> tokens, @Nullable String finishReason) {
        return Json.write(generator -> {
            generator.writeStartObject();
            head.write(generator, OBJECT);
            generator.writeArrayFieldStart("choices");
            writeChoice(generator, index, text, wantsLogprobs ? tokens : null, finishReason);
            generator.writeEndArray();
            if (includeUsage) {
                generator.writeNullField("usage");
            }
            generator.writeEndObject();
        });
    }

    private void writeChoice(
            JsonGenerator generator,
            int index,
            String text,
            @Nullable List<TokenLogprobs> tokens,
            @Nullable String finishReason)
            throws IOException {
        generator.writeStartObject();
        generator.writeStringField(TEXT, text);
        generator.writeNumberField("index", index);
        if (tokens == null) {
            generator.writeNullField("logprobs");
        } else {
            logprobs[index].write(generator, tokens);
        }
        generator.writeStringField("finish_reason", finishReason);
        generator.writeEndObject();
    }

    @Override
    public byte[] usage(Usage usage) {
        return head.usageChunk(OBJECT, usage);
    }
}
