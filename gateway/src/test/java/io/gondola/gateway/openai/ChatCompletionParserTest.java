package io.gondola.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.text.TestModels;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatCompletionParserTest {

    private static final String GUIDE = "gondola-guide";

    @Test
    void theLeastRequestTakesTheModelsDefaults() {
        TextRequest request = Requests.chat("");
        ServedModel model = TestModels.guide();
        assertThat(request.kind()).isEqualTo(TextRequest.Kind.CHAT);
        assertThat(request.model()).isSameAs(model);
        assertThat(request.prompts()).hasSize(1);
        assertThat(request.prompts().get(0).tokens()).containsExactly(1, 1591, 2);
        assertThat(request.prompts().get(0).maxTokens()).isEqualTo(512 - 3);
        assertThat(request.n()).isEqualTo(1);
        // do_sample is false in its generation_config.json.
        assertThat(request.sampling().isGreedy()).isTrue();
        assertThat(request.seeded()).isFalse();
        assertThat(request.stopTokens()).containsExactly(0);
        assertThat(request.topLogprobs()).isEqualTo(-1);
        assertThat(request.stream()).isFalse();
        assertThat(request.tenant()).isEmpty();
        assertThat(request.requestClass()).isEqualTo(RequestClass.STANDARD);
        assertThat(request.timeoutNanos()).isEqualTo(RequestLimits.DEFAULT.timeoutNanosDefault());
    }

    @Test
    void everyFieldIsRead() {
        TextRequest request = Requests.chat("""
                "max_completion_tokens":7,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,
                "seed":-9223372036854775808,"stop":["a","b","a"],"presence_penalty":-2,"frequency_penalty":2.0,
                "repetition_penalty":1.1,"logit_bias":{"5":-100,"2047":1.5},"logprobs":true,"top_logprobs":20,"n":3,
                "stream":true,"stream_options":{"include_usage":true},"ignore_eos":true,"user":"alice",
                "response_format":{"type":"text"},"tools":[],"tool_choice":"none","modalities":["text"],
                "metadata":{"a":"b"},"store":false,"service_tier":"auto","parallel_tool_calls":true,"unknown":[1]""");
        SamplingParams sampling = request.sampling();
        assertThat(sampling.temperature()).isEqualTo(0.5f);
        assertThat(sampling.topP()).isEqualTo(0.9f);
        assertThat(sampling.topK()).isEqualTo(40);
        assertThat(sampling.minP()).isEqualTo(0.05f);
        assertThat(sampling.seed()).isEqualTo(Long.MIN_VALUE);
        assertThat(sampling.presencePenalty()).isEqualTo(-2);
        assertThat(sampling.frequencyPenalty()).isEqualTo(2);
        assertThat(sampling.repetitionPenalty()).isEqualTo(1.1f);
        assertThat(sampling.biasTokens()).containsExactly(5, 2047);
        assertThat(sampling.biasValues()).containsExactly(-100f, 1.5f);
        assertThat(request.prompts().get(0).maxTokens()).isEqualTo(7);
        assertThat(request.stopStrings()).containsExactly("a", "b");
        assertThat(request.stopTokens()).isEmpty();
        assertThat(request.topLogprobs()).isEqualTo(20);
        assertThat(request.n()).isEqualTo(3);
        assertThat(request.generations()).isEqualTo(3);
        assertThat(request.stream()).isTrue();
        assertThat(request.includeUsage()).isTrue();
        assertThat(request.seeded()).isTrue();
        assertThat(request.tenant()).isEqualTo("alice");
    }

    @Test
    void nullMeansMissing() {
        TextRequest request = Requests.chat("""
                "max_tokens":null,"max_completion_tokens":null,"temperature":null,"top_p":null,"top_k":null,
                "min_p":null,"seed":null,"stop":null,"presence_penalty":null,"frequency_penalty":null,
                "repetition_penalty":null,"logit_bias":null,"logprobs":null,"top_logprobs":null,"n":null,
                "stream":null,"stream_options":null,"ignore_eos":null,"user":null,"response_format":null,
                "tools":null,"tool_choice":null,"functions":null,"audio":null,"modalities":null""");
        assertThat(request.prompts()).isEqualTo(request.prompts());
        assertThat(request.n()).isEqualTo(1);
        assertThat(request.seeded()).isFalse();
    }

    @Test
    void choicesHaveSeedsOfTheirOwnAndTheFirstHasTheRequests() {
        TextRequest seeded = Requests.chat("\"seed\":42,\"n\":4");
        assertThat(seeded.samplingOf(0, 0).seed()).isEqualTo(42);
        assertThat(seeded.samplingOf(0, 1).seed())
                .isNotEqualTo(seeded.samplingOf(0, 2).seed());
        assertThat(seeded.samplingOf(0, 3))
                .isEqualTo(Requests.chat("\"seed\":42,\"n\":4").samplingOf(0, 3));
    }

    @Test
    void textPartsAndRoles() {
        TextRequest request = Requests.CHAT.parse(
                Requests.utf8("""
                        {"messages":[{"role":"system","content":"S"},{"role":"developer","content":[]},
                        {"role":"user","content":[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}],"name":"x"},
                        {"role":"assistant","content":null},{"role":"user","content":"Hello"}]}""".replace("{\"role\":\"developer\",\"content\":[]},", "")), RequestHeaders.NONE);
        assertThat(request.prompts().get(0).tokens()).containsExactly(1, 1591, 2, 0, 1, 1591, 2);
    }

    @Test
    void aLengthThatDoesNotFitIsCapped() {
        assertThat(Requests.chat("\"max_tokens\":100000000000").prompts().get(0).maxTokens())
                .isEqualTo(509);
        assertThat(Requests.chat("\"max_tokens\":5,\"max_completion_tokens\":5")
                        .prompts()
                        .get(0)
                        .maxTokens())
                .isEqualTo(5);
    }

    @Test
    void tinyValuesDoNotOverflow() {
        assertThat(Requests.chat("\"temperature\":1e-300").sampling().isGreedy())
                .isTrue();
        assertThat(Requests.chat("\"top_p\":1e-300").sampling().topP()).isPositive();
        assertThat(Requests.chat("\"temperature\":2").sampling().temperature()).isCloseTo(2, within(0f));
        assertThat(Requests.chat("\"top_k\":-1").sampling().topK()).isZero();
        assertThat(Requests.chat("\"top_k\":9999999999").sampling().topK()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void headersSayDeadlineAndPriority() {
        byte[] body = Requests.utf8(Requests.chatBody(""));
        TextRequest request = Requests.CHAT.parse(body, new RequestHeaders("2.5", "Interactive", null));
        assertThat(request.timeoutNanos()).isEqualTo(2_500_000_000L);
        assertThat(request.requestClass()).isEqualTo(RequestClass.INTERACTIVE);
        assertThat(Requests.CHAT
                        .parse(body, new RequestHeaders("999999999", "batch", null))
                        .timeoutNanos())
                .isEqualTo(RequestLimits.DEFAULT.timeoutNanosMax());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0", "-1", "abc", "1e3", "NaN", "0.0000000001", "1s", "Infinity", "99999999999999999999"})
    void aWrongDeadlineIsNamed(String value) {
        ApiException refusal = null;
        try {
            Requests.CHAT.parse(Requests.utf8(Requests.chatBody("")), new RequestHeaders(value, null, null));
        } catch (ApiException e) {
            refusal = e;
        }
        assertThat(refusal).isNotNull();
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isEqualTo("X-Request-Timeout");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "temperature           | \"temperature\":\"1\"",
                "temperature           | \"temperature\":2.0001",
                "temperature           | \"temperature\":-0.1",
                "temperature           | \"temperature\":1e400",
                "temperature           | \"temperature\":true",
                "temperature           | \"temperature\":[1]",
                "top_p                 | \"top_p\":0",
                "top_p                 | \"top_p\":1.1",
                "top_p                 | \"top_p\":\"x\"",
                "top_k                 | \"top_k\":-2",
                "top_k                 | \"top_k\":1.5",
                "min_p                 | \"min_p\":-0.1",
                "min_p                 | \"min_p\":1.1",
                "seed                  | \"seed\":1.5",
                "seed                  | \"seed\":9223372036854775808",
                "seed                  | \"seed\":\"7\"",
                "seed                  | \"seed\":1e3",
                "stop                  | \"stop\":\"\"",
                "stop[1]               | \"stop\":[\"a\",\"\"]",
                "stop[0]               | \"stop\":[1]",
                "stop                  | \"stop\":{}",
                "stop                  | \"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\",\"n\",\"o\",\"p\",\"q\"]",
                "presence_penalty      | \"presence_penalty\":2.1",
                "frequency_penalty     | \"frequency_penalty\":-2.1",
                "repetition_penalty    | \"repetition_penalty\":0",
                "repetition_penalty    | \"repetition_penalty\":-1",
                "repetition_penalty    | \"repetition_penalty\":1e-300",
                "logit_bias            | \"logit_bias\":[]",
                "logit_bias            | \"logit_bias\":{\"2048\":1}",
                "logit_bias            | \"logit_bias\":{\"-1\":1}",
                "logit_bias            | \"logit_bias\":{\"01\":1}",
                "logit_bias            | \"logit_bias\":{\"abc\":1}",
                "logit_bias            | \"logit_bias\":{\"5\":101}",
                "logit_bias            | \"logit_bias\":{\"5\":null}",
                "logit_bias            | \"logit_bias\":{\"5\":\"1\"}",
                "logprobs              | \"logprobs\":1",
                "logprobs              | \"logprobs\":\"true\"",
                "top_logprobs          | \"top_logprobs\":2",
                "top_logprobs          | \"logprobs\":false,\"top_logprobs\":2",
                "top_logprobs          | \"logprobs\":true,\"top_logprobs\":21",
                "top_logprobs          | \"logprobs\":true,\"top_logprobs\":-1",
                "n                     | \"n\":0",
                "n                     | \"n\":17",
                "n                     | \"n\":1.0",
                "n                     | \"n\":99999999999999999999999",
                "stream                | \"stream\":\"true\"",
                "stream                | \"stream\":1",
                "stream_options        | \"stream_options\":{\"include_usage\":true}",
                "stream_options        | \"stream\":true,\"stream_options\":[]",
                "stream_options.include_usage | \"stream\":true,\"stream_options\":{\"include_usage\":1}",
                "max_tokens            | \"max_tokens\":0",
                "max_tokens            | \"max_tokens\":-1",
                "max_tokens            | \"max_tokens\":\"5\"",
                "max_tokens            | \"max_tokens\":1.5",
                "max_completion_tokens | \"max_completion_tokens\":0",
                "max_tokens            | \"max_tokens\":5,\"max_completion_tokens\":6",
                "ignore_eos            | \"ignore_eos\":\"yes\"",
                "user                  | \"user\":1",
                "response_format       | \"response_format\":{\"type\":\"json_object\"}",
                "response_format       | \"response_format\":\"text\"",
                "response_format.type  | \"response_format\":{}",
                "response_format.type  | \"response_format\":{\"type\":1}",
                "tools                 | \"tools\":[{}]",
                "tools                 | \"tools\":{}",
                "functions             | \"functions\":[{}]",
                "tool_choice           | \"tool_choice\":\"required\"",
                "function_call         | \"function_call\":{\"name\":\"f\"}",
                "audio                 | \"audio\":{}",
                "modalities            | \"modalities\":[\"text\",\"audio\"]",
            })
    void aWrongFieldIsNamed(String param, String fields) {
        ApiException refusal = Requests.refused(Requests.CHAT, Requests.chatBody(fields));
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.type()).isEqualTo("invalid_request_error");
        assertThat(refusal.param()).isEqualTo(param);
        assertThat(refusal.message()).contains(param.replaceAll("\\..*", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "messages                  | {}",
                "messages                  | {\"messages\":null}",
                "messages                  | {\"messages\":[]}",
                "messages                  | {\"messages\":\"hi\"}",
                "messages                  | {\"messages\":{}}",
                "messages[0]               | {\"messages\":[\"hi\"]}",
                "messages[0]               | {\"messages\":[null]}",
                "messages[0].role          | {\"messages\":[{}]}",
                "messages[0].role          | {\"messages\":[{\"role\":1}]}",
                "messages[0].role          | {\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}",
                "messages[0].content       | {\"messages\":[{\"role\":\"user\"}]}",
                "messages[0].content       | {\"messages\":[{\"role\":\"user\",\"content\":null}]}",
                "messages[1].content       | {\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"user\",\"content\":1}]}",
                "messages[0].content       | {\"messages\":[{\"role\":\"user\",\"content\":[]}]}",
                "messages[0].content[0]    | {\"messages\":[{\"role\":\"user\",\"content\":[\"a\"]}]}",
                "messages[0].content[0].type | {\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}]}",
                "messages[0].content[0].type | {\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}]}",
                "messages[0].content[0].text | {\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}",
                "messages[0].content[0].text | {\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":5}]}]}",
                "messages[0].tool_calls    | {\"messages\":[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{}]}]}",
                "model                     | {\"model\":5,\"messages\":[]}",
            })
    void wrongMessagesAreNamed(String param, String body) {
        ApiException refusal = Requests.refused(Requests.CHAT, body);
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isEqualTo(param);
    }

    @Test
    void anUnknownModelIs404() {
        ApiException refusal = Requests.refused(Requests.CHAT, "{\"model\":\"gpt-5\",\"messages\":[]}");
        assertThat(refusal.status()).isEqualTo(404);
        assertThat(refusal.code()).isEqualTo("model_not_found");
        assertThat(refusal.param()).isEqualTo("model");
        assertThat(refusal.message()).contains("gpt-5");
    }

    @Test
    void aChatLongerThanTheContextIsToldBothNumbers() {
        String words = "\"content\":\"" + "batch ".repeat(600) + "\"";
        ApiException refusal =
                Requests.refused(Requests.CHAT, Requests.chatBody("").replace("\"content\":\"Hello\"", words));
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.code()).isEqualTo("context_length_exceeded");
        assertThat(refusal.param()).isEqualTo("messages");
        assertThat(refusal.message())
                .contains("maximum context length is 512 tokens")
                .containsPattern("resulted in (6|7|1[0-9])\\d\\d+ tokens");
        String huge = "\"content\":\"" + "batch ".repeat(200_000) + "\"";
        assertThat(Requests.refused(Requests.CHAT, Requests.chatBody("").replace("\"content\":\"Hello\"", huge))
                        .message())
                .containsPattern("512 tokens.*at least \\d+ tokens");
        String many = Requests.chatBody("")
                .replace("]", ",{\"role\":\"user\",\"content\":\"<|user|>" + "batch ".repeat(1000) + "\"}" + "]");
        assertThat(Requests.refused(Requests.CHAT, many).param()).isEqualTo("messages");
    }

    @Test
    void aModelMayBeLeftOutOnlyWhereThereIsOne() {
        ServedModels two = ServedModels.of(java.util.List.of(TestModels.guide(), TestModels.fixture("tiny-gpt2")));
        ChatCompletionParser parser = new ChatCompletionParser(two, RequestLimits.DEFAULT);
        ApiException refusal =
                Requests.refused(parser::parse, "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isEqualTo("model");
        assertThat(Requests.CHAT
                        .parse(
                                Requests.utf8("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"),
                                RequestHeaders.NONE)
                        .model()
                        .name())
                .isEqualTo(GUIDE);
    }
}
