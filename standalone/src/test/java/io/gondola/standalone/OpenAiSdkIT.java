package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.models.ChatModel;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import io.gondola.standalone.GoldenAnswers.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The demo model behind the official OpenAI SDK for Java: right answers, in the shapes that SDK reads. */
class OpenAiSdkIT {

    private static RunningGondola gondola;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws Exception {
        gondola = RunningGondola.withDemoModel(8);
        client = gondola.sdk();
    }

    @AfterAll
    static void stop() {
        client.close();
        gondola.close();
    }

    static List<Golden> singleQuestions() throws Exception {
        return GoldenAnswers.read().stream()
                .filter(golden -> golden.question() != null)
                .toList();
    }

    static List<Golden> all() throws Exception {
        return GoldenAnswers.read();
    }

    private static ChatCompletionCreateParams.Builder chat(String question) {
        return ChatCompletionCreateParams.builder()
                .model(ChatModel.of(RunningGondola.MODEL))
                .temperature(0)
                .addUserMessage(question);
    }

    private static CompletionCreateParams.Builder completion() {
        return CompletionCreateParams.builder().model(RunningGondola.MODEL).temperature(0);
    }

    @Test
    void modelsAreListedAndFound() {
        List<Model> models = client.models().list().data();
        assertThat(models).extracting(Model::id).containsExactly(RunningGondola.MODEL);
        assertThat(models.get(0).created()).isPositive();
        assertThat(client.models().retrieve(RunningGondola.MODEL).ownedBy()).isEqualTo("gondola");
    }

    @ParameterizedTest
    @MethodSource("singleQuestions")
    void chatIsTheGoldenAnswer(Golden golden) {
        ChatCompletion answer =
                client.chat().completions().create(chat(golden.question()).build());
        ChatCompletion.Choice choice = answer.choices().get(0);
        assertThat(choice.message().content()).contains(golden.text());
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(answer.usage()).hasValueSatisfying(usage -> {
            assertThat(usage.promptTokens()).isEqualTo(golden.promptIds().size());
            // The golden ids end with the stop token, which is not given out.
            assertThat(usage.completionTokens()).isEqualTo(golden.outputIds().size() - 1);
            assertThat(usage.totalTokens()).isEqualTo(usage.promptTokens() + usage.completionTokens());
        });
    }

    @ParameterizedTest
    @MethodSource("singleQuestions")
    void streamedChatIsTheSame(Golden golden) {
        ChatCompletionCreateParams params = chat(golden.question())
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        StringBuilder text = new StringBuilder();
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            stream.stream().forEach(chunk -> {
                chunks.add(chunk);
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
            });
        }
        assertThat(text.toString()).isEqualTo(golden.text());
        assertThat(chunks.get(0).choices().get(0).delta().role())
                .contains(ChatCompletionChunk.Choice.Delta.Role.ASSISTANT);
        assertThat(chunks.get(chunks.size() - 2).choices().get(0).finishReason())
                .contains(ChatCompletionChunk.Choice.FinishReason.STOP);
        ChatCompletionChunk last = chunks.get(chunks.size() - 1);
        assertThat(last.choices()).isEmpty();
        assertThat(last.usage()).hasValueSatisfying(usage -> assertThat(usage.completionTokens())
                .isEqualTo(golden.outputIds().size() - 1));
        assertThat(chunks).extracting(ChatCompletionChunk::id).containsOnly(last.id());
    }

    @ParameterizedTest
    @MethodSource("all")
    void completionOfTokenIdsIsTheGoldenAnswer(Golden golden) {
        Completion answer = client.completions()
                .create(completion()
                        .promptOfArrayOfTokens(golden.promptIds())
                        .maxTokens(golden.outputIds().size())
                        .build());
        assertThat(answer.choices().get(0).text()).isEqualTo(golden.text());
        assertThat(answer.choices().get(0).finishReason()).isEqualTo(CompletionChoice.FinishReason.STOP);
    }

    @Test
    void completionsOfSeveralPromptsAtOnceStreamed() throws Exception {
        List<Golden> goldens = all();
        CompletionCreateParams params = completion()
                .promptOfArrayOfTokenArrays(
                        goldens.stream().map(Golden::promptIds).toList())
                .maxTokens(200)
                .build();
        Map<Long, StringBuilder> texts = new TreeMap<>();
        try (StreamResponse<Completion> stream = client.completions().createStreaming(params)) {
            stream.stream().flatMap(chunk -> chunk.choices().stream()).forEach(choice -> texts.computeIfAbsent(
                            choice.index(), index -> new StringBuilder())
                    .append(choice.text()));
        }
        assertThat(texts.values().stream().map(StringBuilder::toString))
                .containsExactlyElementsOf(goldens.stream().map(Golden::text).toList());
    }

    @Test
    void maxTokensAndStopStringsEndAnAnswer() throws Exception {
        Golden golden = singleQuestions().get(1);
        ChatCompletion cut = client.chat()
                .completions()
                .create(chat(golden.question()).maxCompletionTokens(3).build());
        assertThat(cut.choices().get(0).finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
        assertThat(cut.usage().orElseThrow().completionTokens()).isEqualTo(3);
        assertThat(golden.text())
                .startsWith(cut.choices().get(0).message().content().orElseThrow());
        String stop = golden.text().substring(20, 26);
        ChatCompletion stopped = client.chat()
                .completions()
                .create(chat(golden.question()).stop(stop).build());
        assertThat(stopped.choices().get(0).message().content())
                .contains(golden.text().substring(0, golden.text().indexOf(stop)));
        assertThat(stopped.choices().get(0).finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
    }

    @Test
    void seededChoicesDifferFromOneAnotherAndRepeat() {
        ChatCompletionCreateParams params = chat("Tell me about batching")
                .temperature(1.5)
                .seed(11)
                .n(4)
                .maxCompletionTokens(24)
                .build();
        List<String> first = contents(client.chat().completions().create(params));
        assertThat(first).hasSize(4);
        assertThat(first.stream().distinct().count()).isGreaterThan(1);
        assertThat(contents(client.chat().completions().create(params))).isEqualTo(first);
    }

    private static List<String> contents(ChatCompletion answer) {
        return answer.choices().stream()
                .map(choice -> choice.message().content().orElseThrow())
                .toList();
    }

    @Test
    void logprobsOfAGreedyAnswerNameItsOwnTokensFirst() throws Exception {
        Golden golden = singleQuestions().get(0);
        ChatCompletion answer = client.chat()
                .completions()
                .create(chat(golden.question()).logprobs(true).topLogprobs(3).build());
        var tokens = answer.choices().get(0).logprobs().orElseThrow().content().orElseThrow();
        assertThat(tokens).hasSize(golden.outputIds().size() - 1);
        StringBuilder text = new StringBuilder();
        tokens.forEach(token -> {
            text.append(token.token());
            assertThat(token.topLogprobs()).hasSize(3);
            assertThat(token.topLogprobs().get(0).token()).isEqualTo(token.token());
            assertThat(token.logprob()).isLessThanOrEqualTo(0);
        });
        assertThat(text.toString()).isEqualTo(golden.text());
    }

    @Test
    void echoWithLogprobsScoresThePrompt() throws Exception {
        Golden golden = all().get(1);
        Completion answer = client.completions()
                .create(completion()
                        .promptOfArrayOfTokens(golden.promptIds())
                        .echo(true)
                        .logprobs(2)
                        .maxTokens(4)
                        .build());
        var logprobs = answer.choices().get(0).logprobs().orElseThrow();
        assertThat(logprobs.tokens().orElseThrow()).hasSize(golden.promptIds().size() + 4);
        assertThat(logprobs.textOffset().orElseThrow())
                .hasSize(golden.promptIds().size() + 4);
    }

    @Test
    void badFieldsAreBadRequests() {
        BadRequestException hot = catchThrowableOfType(BadRequestException.class, () -> client.chat()
                .completions()
                .create(chat("Hello").temperature(3).build()));
        assertThat(hot.param()).contains("temperature");
        assertThat(hot.type()).contains("invalid_request_error");
        BadRequestException tools = catchThrowableOfType(BadRequestException.class, () -> client.chat()
                .completions()
                .create(chat("Hello")
                        .putAdditionalBodyProperty("tools", JsonValue.from(List.of(Map.of("type", "function"))))
                        .build()));
        assertThat(tools.param().orElseThrow()).startsWith("tools");
        BadRequestException tooLong = catchThrowableOfType(BadRequestException.class, () -> client.chat()
                .completions()
                .create(chat("word ".repeat(2_000)).build()));
        assertThat(tooLong.code()).contains("context_length_exceeded");
        assertThat(tooLong.getMessage()).contains("512");
    }

    @Test
    void unknownModelsAreNotFound() {
        NotFoundException wrong = catchThrowableOfType(NotFoundException.class, () -> client.chat()
                .completions()
                .create(chat("Hello").model("no-such-model").build()));
        assertThat(wrong.code()).contains("model_not_found");
        assertThat(catchThrowableOfType(
                        NotFoundException.class, () -> client.models().retrieve("no-such-model")))
                .isNotNull();
    }

    @Test
    void otherErrorsCarryTheirStatus() {
        String large = "x".repeat(5 * 1024 * 1024);
        OpenAIServiceException tooLarge = catchThrowableOfType(
                UnexpectedStatusCodeException.class,
                () -> client.chat().completions().create(chat(large).build()));
        assertThat(tooLarge.statusCode()).isEqualTo(413);
        InternalServerException late = catchThrowableOfType(InternalServerException.class, () -> client.chat()
                .completions()
                .create(chat("Hello")
                        .putAdditionalHeader("X-Request-Timeout", "0.000001")
                        .build()));
        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(late.code()).contains("deadline_exceeded");
    }

    @Test
    void manyAtOnceAreAllRight() throws Exception {
        List<Golden> goldens = singleQuestions();
        List<String> wrong = IntStream.range(0, 48)
                .parallel()
                .mapToObj(i -> goldens.get(i % goldens.size()))
                .filter(golden -> !contents(client.chat()
                                .completions()
                                .create(chat(golden.question()).build()))
                        .equals(List.of(golden.text())))
                .map(Golden::question)
                .toList();
        assertThat(wrong).isEmpty();
    }

    @Test
    void aFullQueueIsARateLimit() throws Exception {
        try (RunningGondola small = RunningGondola.withOneSlotAndQueueOf(1)) {
            OpenAIClient own = small.sdk();
            ChatCompletionCreateParams slow =
                    chat("Hello").maxCompletionTokens(400).build();
            StreamResponse<ChatCompletionChunk> running =
                    own.chat().completions().createStreaming(slow);
            small.awaitMetric("gondola_slots_used", 1);
            StreamResponse<ChatCompletionChunk> waiting =
                    own.chat().completions().createStreaming(slow);
            small.awaitMetric("gondola_queue_depth", 1);
            RateLimitException refused = catchThrowableOfType(
                    RateLimitException.class, () -> own.chat().completions().createStreaming(slow));
            assertThat(refused.code()).contains("rate_limit_exceeded");
            assertThat(Integer.parseInt(refused.headers().values("retry-after").get(0)))
                    .isPositive();
            waiting.close();
            running.close();
            own.close();
            small.awaitMetric("gondola_queue_depth", 0);
            small.awaitMetric("gondola_slots_used", 0);
        }
    }
}
