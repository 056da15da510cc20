package io.gondola.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.text.TestModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionParserTest {

    @Test
    void aString() {
        TextRequest request = Requests.completion("\"prompt\":\"<|user|>Hello<|assistant|>\"");
        assertThat(request.prompts().get(0).tokens()).containsExactly(1, 1591, 2);
        assertThat(request.prompts().get(0).maxTokens()).isEqualTo(16);
        assertThat(request.promptLogprobs()).isFalse();
    }

    @Test
    void aListOfStringsAndTokenIdsAndListsOfThem() {
        assertThat(Requests.completion("\"prompt\":[\"a\",\"b\"],\"n\":2").generations())
                .isEqualTo(4);
        assertThat(Requests.completion("\"prompt\":[1,1591,2]").prompts().get(0).tokens())
                .containsExactly(1, 1591, 2);
        TextRequest lists = Requests.completion("\"prompt\":[[1,1591,2],[5]],\"echo\":true");
        assertThat(lists.prompts().get(1).tokens()).containsExactly(5);
        assertThat(lists.prompts().get(0).text()).isEqualTo("Hello");
        assertThat(lists.prompts().get(1).text()).isEqualTo("#");
    }

    @Test
    void anEmptyPromptIsTheBeginningOfAText() {
        assertThat(Requests.completion("\"prompt\":\"\"").prompts().get(0).tokens())
                .containsExactly(0);
        assertThat(Requests.completion("\"prompt\":[\"\"]").prompts().get(0).tokens())
                .containsExactly(0);
    }

    @Test
    void scoringAPromptNeedsNoOutput() {
        TextRequest request = Requests.completion("\"prompt\":\"Hello\",\"echo\":true,\"max_tokens\":0,\"logprobs\":0");
        assertThat(request.prompts().get(0).maxTokens()).isZero();
        assertThat(request.prompts().get(0).text()).isEqualTo("Hello");
        assertThat(request.promptLogprobs()).isTrue();
        assertThat(request.topLogprobs()).isZero();
        String full = "\"prompt\":[" + "5,".repeat(511) + "5],\"echo\":true,\"max_tokens\":0";
        assertThat(Requests.completion(full).prompts().get(0).tokens()).hasSize(512);
        ApiException refusal = Requests.refused(Requests.COMPLETION, "{\"prompt\":[" + "5,".repeat(511) + "5]}");
        assertThat(refusal.code()).isEqualTo("context_length_exceeded");
        assertThat(refusal.param()).isEqualTo("prompt");
    }

    @Test
    void unseededPromptsDifferAndSeededOnesAreAsIfAlone() {
        TextRequest drawn = Requests.completion("\"prompt\":[\"a\",\"a\"],\"n\":2");
        assertThat(java.util.stream.Stream.of(
                                drawn.samplingOf(0, 0),
                                drawn.samplingOf(0, 1),
                                drawn.samplingOf(1, 0),
                                drawn.samplingOf(1, 1))
                        .map(sampling -> sampling.seed())
                        .distinct())
                .hasSize(4);
        TextRequest seeded = Requests.completion("\"prompt\":[\"b\",\"a\"],\"n\":2,\"seed\":7");
        assertThat(seeded.samplingOf(1, 1)).isEqualTo(seeded.samplingOf(0, 1));
        assertThat(seeded.samplingOf(1, 0).seed()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "prompt       | \"x\":1",
                "prompt       | \"prompt\":null",
                "prompt       | \"prompt\":5",
                "prompt       | \"prompt\":{}",
                "prompt       | \"prompt\":[]",
                "prompt[0]    | \"prompt\":[[]]",
                "prompt[0]    | \"prompt\":[null]",
                "prompt[0]    | \"prompt\":[2048]",
                "prompt[0]    | \"prompt\":[-1]",
                "prompt[1]    | \"prompt\":[1,99999999999999]",
                "prompt[1]    | \"prompt\":[1,\"a\"]",
                "prompt[1]    | \"prompt\":[1,1.5]",
                "prompt[1]    | \"prompt\":[\"a\",1]",
                "prompt[1]    | \"prompt\":[\"a\",[1]]",
                "prompt[1]    | \"prompt\":[[1],\"a\"]",
                "prompt[1][0] | \"prompt\":[[1],[2048]]",
                "prompt[0][0] | \"prompt\":[[\"a\"]]",
                "n            | \"prompt\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"],\"n\":16",
                "max_tokens   | \"prompt\":\"a\",\"max_tokens\":0",
                "max_tokens   | \"prompt\":\"a\",\"max_tokens\":-1,\"echo\":true",
                "logprobs     | \"prompt\":\"a\",\"logprobs\":21",
                "logprobs     | \"prompt\":\"a\",\"logprobs\":true",
                "logprobs     | \"prompt\":\"a\",\"logprobs\":-1",
                "echo         | \"prompt\":\"a\",\"echo\":\"yes\"",
                "best_of      | \"prompt\":\"a\",\"best_of\":2",
                "best_of      | \"prompt\":\"a\",\"best_of\":1,\"n\":2",
                "best_of      | \"prompt\":\"a\",\"best_of\":0",
                "suffix       | \"prompt\":\"a\",\"suffix\":\"b\"",
            })
    void aWrongFieldIsNamed(String param, String fields) {
        ApiException refusal = Requests.refused(Requests.COMPLETION, "{" + fields + "}");
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isEqualTo(param);
    }

    @Test
    void whatChangesNothingIsAccepted() {
        assertThat(Requests.completion("\"prompt\":\"a\",\"best_of\":2,\"n\":2,\"suffix\":\"\"")
                        .n())
                .isEqualTo(2);
    }

    @Test
    void generateAsksAChatModelAsInAChat() {
        TextRequest request = Requests.generate("{\"text\":\"Hello\"}");
        assertThat(request.kind()).isEqualTo(TextRequest.Kind.GENERATE);
        assertThat(request.prompts().get(0).tokens()).containsExactly(1, 1591, 2);
        assertThat(request.prompts().get(0).maxTokens()).isEqualTo(80);
        assertThat(Requests.generate("{\"text\":\"<|user|>Hello<|assistant|>\",\"max_new_tokens\":3}")
                        .prompts()
                        .get(0)
                        .tokens())
                .containsExactly(1, 1591, 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "text           | {}",
                "text           | {\"text\":null}",
                "text           | {\"text\":[\"a\"]}",
                "max_new_tokens | {\"text\":\"a\",\"max_new_tokens\":0}",
                "max_new_tokens | {\"text\":\"a\",\"max_new_tokens\":\"5\"}",
                "stream         | {\"text\":\"a\",\"stream\":true}",
                "n              | {\"text\":\"a\",\"n\":2}",
            })
    void aWrongGenerateIsNamed(String param, String body) {
        assertThat(Requests.refused(Requests.GENERATE, body).param()).isEqualTo(param);
    }

    @Test
    void otherModelsHaveOtherLimits() {
        ServedModels models = ServedModels.of(java.util.List.of(TestModels.fixture("tiny-gpt2")));
        CompletionParser parser = new CompletionParser(models, RequestLimits.DEFAULT);
        assertThat(Requests.refused(parser::parse, "{\"prompt\":[512]}").param())
                .isEqualTo("prompt[0]");
        TextRequest request = parser.parse(Requests.utf8("{\"prompt\":[511]}"), RequestHeaders.NONE);
        assertThat(request.sampling().temperature()).isEqualTo(1);
    }
}
