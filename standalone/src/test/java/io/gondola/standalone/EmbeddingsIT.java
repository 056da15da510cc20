package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.Embedding;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Embeddings of small models, laid out as users have them: one directory of sentence-transformers with an ONNX file, one
 * SavedModel with a tokenizer beside it. Every vector is compared with one that plain Java computes.
 */
class EmbeddingsIT {

    /** ONNX, mean, length 1. */
    private static final String SENTENCES = "sentences";
    /** TensorFlow, first token, as it is. */
    private static final String SAVED = "saved";

    private static final int TOKENS_MAX = 40;
    private static final double EXACT_ENOUGH = 1e-5;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SmallTransformer ONNX_MODEL = new SmallTransformer(1);
    private static final SmallTransformer SAVED_MODEL = new SmallTransformer(2);

    @TempDir
    private static Path repository;

    private static RunningGondola gondola;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws Exception {
        EmbeddingModelFiles.writeSentenceTransformer(repository.resolve(SENTENCES), TOKENS_MAX);
        EmbeddingModelFiles.writeOnnx(repository.resolve(SENTENCES).resolve("onnx/model.onnx"), ONNX_MODEL);
        EmbeddingModelFiles.writeTokenizer(repository.resolve(SAVED));
        EmbeddingModelFiles.write(
                repository.resolve(SAVED).resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\":true}");
        EmbeddingModelFiles.write(
                repository.resolve(SAVED).resolve("tokenizer_config.json"),
                "{\"model_max_length\":1000000000000000019884624838656,\"pad_token\":\"[PAD]\"}");
        EmbeddingModelFiles.writeSavedModel(repository.resolve(SAVED).resolve("3"), SAVED_MODEL);
        SmallModels.writeScale(repository.resolve("scale/1"), 10);
        gondola = RunningGondola.withRepository(repository);
        client = gondola.sdk();
    }

    @AfterAll
    static void stop() {
        client.close();
        gondola.close();
    }

    private static EmbeddingCreateParams.Builder of(String model) {
        return EmbeddingCreateParams.builder().model(model);
    }

    private static double[] expected(String model, int[] tokens) {
        return model.equals(SENTENCES)
                ? SmallTransformer.normalized(ONNX_MODEL.mean(tokens), SmallTransformer.WIDTH)
                : SAVED_MODEL.first(tokens);
    }

    private static double[] vector(Embedding embedding) {
        return embedding.embedding().stream().mapToDouble(Float::doubleValue).toArray();
    }

    private static void assertVector(double[] actual, double[] expected) {
        assertThat(actual).as(Arrays.toString(expected)).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i])
                    .as("dimension %d of %s", i, Arrays.toString(actual))
                    .isCloseTo(expected[i], within(EXACT_ENOUGH));
        }
    }

    private static List<Long> longs(int[] tokens) {
        return Arrays.stream(tokens).asLongStream().boxed().toList();
    }

    @Test
    void aTextIsTheMeanOfItsTokensAtLengthOne() {
        String text = "The Quick brown fox, twice";
        int[] tokens = {2, 23, 37, 34, 20, 50, 38, 32, 40, 5, 47, 44, 52, 43, 9, 44, 53, 1, 23, 52, 38, 32, 34, 3};
        CreateEmbeddingResponse answer =
                client.embeddings().create(of(SENTENCES).input(text).build());
        assertThat(answer.model()).isEqualTo(SENTENCES);
        assertThat(answer.usage().promptTokens()).isEqualTo(tokens.length);
        assertThat(answer.usage().totalTokens()).isEqualTo(tokens.length);
        assertThat(answer.data()).hasSize(1);
        assertThat(answer.data().get(0).index()).isZero();
        assertVector(vector(answer.data().get(0)), expected(SENTENCES, tokens));
    }

    @Test
    void aSavedModelGivesItsFirstTokenAsItIs() {
        CreateEmbeddingResponse answer = client.embeddings()
                .create(of(SAVED)
                        .inputOfArrayOfStrings(List.of("one", "two or three"))
                        .build());
        assertVector(vector(answer.data().get(0)), expected(SAVED, SmallTransformer.tokens("one")));
        assertVector(vector(answer.data().get(1)), expected(SAVED, SmallTransformer.tokens("two or three")));
        assertThat(answer.usage().promptTokens()).isEqualTo(5 + 12);
    }

    @Test
    void base64IsTheSameFloats() throws Exception {
        CreateEmbeddingResponse floats = client.embeddings()
                .create(of(SENTENCES)
                        .input("same")
                        .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                        .build());
        CreateEmbeddingResponse base64 = client.embeddings()
                .create(of(SENTENCES)
                        .input("same")
                        .encodingFormat(EmbeddingCreateParams.EncodingFormat.BASE64)
                        .build());
        assertThat(base64.data().get(0).embedding())
                .isEqualTo(floats.data().get(0).embedding());
        JsonNode raw = post("{\"model\":\"sentences\",\"input\":\"same\",\"encoding_format\":\"base64\"}", 200);
        ByteBuffer bytes = ByteBuffer.wrap(
                        Base64.getDecoder().decode(raw.at("/data/0/embedding").textValue()))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.remaining()).isEqualTo(4 * SmallTransformer.WIDTH);
        for (float value : floats.data().get(0).embedding()) {
            assertThat(bytes.getFloat()).isEqualTo(value);
        }
    }

    @Test
    void tokensAreTakenAsTheyAre() {
        int[] one = {2, 10, 11, 3};
        int[] other = {12};
        CreateEmbeddingResponse flat = client.embeddings()
                .create(of(SENTENCES).inputOfArrayOfTokens(longs(one)).build());
        assertVector(vector(flat.data().get(0)), expected(SENTENCES, one));
        CreateEmbeddingResponse nested = client.embeddings()
                .create(of(SAVED)
                        .inputOfArrayOfTokenArrays(List.of(longs(other), longs(one)))
                        .build());
        assertVector(vector(nested.data().get(0)), expected(SAVED, other));
        assertVector(vector(nested.data().get(1)), expected(SAVED, one));
        assertThat(nested.usage().promptTokens()).isEqualTo(5);
    }

    @Test
    void dimensionsAreTheFirstAtLengthOneAgain() {
        int[] tokens = SmallTransformer.tokens("short");
        CreateEmbeddingResponse cut = client.embeddings()
                .create(of(SENTENCES).input("short").dimensions(5).build());
        assertVector(vector(cut.data().get(0)), SmallTransformer.normalized(ONNX_MODEL.mean(tokens), 5));
        CreateEmbeddingResponse whole = client.embeddings()
                .create(of(SENTENCES).input("short").dimensions(16).build());
        assertVector(vector(whole.data().get(0)), expected(SENTENCES, tokens));
        CreateEmbeddingResponse asItIs = client.embeddings()
                .create(of(SAVED).input("short").dimensions(3).build());
        assertVector(vector(asItIs.data().get(0)), Arrays.copyOf(expected(SAVED, tokens), 3));
        BadRequestException beyond = catchThrowableOfType(BadRequestException.class, () -> client.embeddings()
                .create(of(SENTENCES).input("short").dimensions(17).build()));
        assertThat(beyond.param()).contains("dimensions");
        assertThat(beyond.getMessage()).contains("16 dimensions").contains("17");
    }

    @Test
    void promptsOfTheModelStandBeforeTheText() {
        CreateEmbeddingResponse answer = client.embeddings()
                .create(of(SENTENCES)
                        .input("it")
                        .putAdditionalBodyProperty("prompt_name", JsonValue.from("query"))
                        .build());
        assertVector(vector(answer.data().get(0)), expected(SENTENCES, SmallTransformer.tokens("find it")));
    }

    @Test
    void whatIsTooLongIsToldOrCut() throws Exception {
        String tooLong = "abcde ".repeat(10);
        BadRequestException refused = catchThrowableOfType(BadRequestException.class, () -> client.embeddings()
                .create(of(SENTENCES)
                        .inputOfArrayOfStrings(List.of("fits", tooLong))
                        .build()));
        assertThat(refused.code()).contains("context_length_exceeded");
        assertThat(refused.param()).contains("input[1]");
        assertThat(refused.getMessage()).contains("40 tokens").contains("52 tokens");
        CreateEmbeddingResponse cut = client.embeddings()
                .create(of(SENTENCES)
                        .input(tooLong)
                        .putAdditionalBodyProperty("truncate_prompt_tokens", JsonValue.from(-1))
                        .build());
        int[] kept = Arrays.copyOf(SmallTransformer.tokens(tooLong), TOKENS_MAX);
        kept[TOKENS_MAX - 1] = SmallTransformer.END;
        assertVector(vector(cut.data().get(0)), expected(SENTENCES, kept));
        assertThat(cut.usage().promptTokens()).isEqualTo(TOKENS_MAX);
        JsonNode shorter =
                post("{\"model\":\"sentences\",\"input\":[[2,10,11,12,3]],\"truncate_prompt_tokens\":2}", 200);
        assertThat(shorter.at("/usage/prompt_tokens").intValue()).isEqualTo(2);
    }

    private static JsonNode post(String json, int status) throws Exception {
        HttpResponse<String> response = gondola.post("/v1/embeddings", json);
        assertThat(response.statusCode())
                .as("%.200s -> %.200s", json, response.body())
                .isEqualTo(status);
        return JSON.readTree(response.body());
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() throws Exception {
        String s = "{\"model\":\"sentences\",";
        String[][] cases = {
            {s + "\"input\":\"\"}", "input", "empty string"},
            {s + "\"input\":[\"a\",\"\"]}", "input[1]", "empty string"},
            {s + "\"input\":[]}", "input", "empty array"},
            {s + "\"input\":[[1],[]]}", "input[1]", "empty array"},
            {s + "\"input\":[[1],\"a\"]}", "input[1]", "an array of token ids"},
            {s + "\"input\":[\"a\",[1]]}", "input[1]", "a string"},
            {s + "\"input\":[1,56]}", "input[1]", "0 to 55"},
            {s + "\"input\":[1,-1]}", "input[1]", "no token id"},
            {s + "\"input\":[1,0.5]}", "input[1]", "a token id"},
            {s + "\"input\":{\"text\":\"a\"}}", "input", "an object"},
            {s + "\"input\":[null]}", "input[0]", "null"},
            {s + "\"input\":null}", "input", "Missing"},
            {s + "\"input\":\"a\",\"encoding_format\":\"int8\"}", "encoding_format", "base64"},
            {s + "\"input\":\"a\",\"dimensions\":0}", "dimensions", ">= 1"},
            {s + "\"input\":\"a\",\"truncate_prompt_tokens\":0}", "truncate_prompt_tokens", "-1"},
            {s + "\"input\":\"a\",\"prompt_name\":\"q\"}", "prompt_name", "[passage, query]"},
            {s + "\"input\":" + "[\"a\"" + ",\"a\"".repeat(2_048) + "]}", "input", "2048"},
            {"{\"input\":\"a\"}", "model", "[saved, sentences]"},
            {"{\"model\":\"scale\",\"input\":\"a\"}", "model", "takes tensors"},
            {"{\"model\":\"gondola-guide\",\"input\":\"a\"}", "model", "generates text"},
        };
        for (String[] each : cases) {
            JsonNode error = post(each[0], 400).get("error");
            assertThat(error.get("param").asText()).as(each[0]).startsWith(each[1]);
            assertThat(error.get("message").asText()).as(each[0]).contains(each[2]);
            assertThat(error.get("type").asText()).isEqualTo("invalid_request_error");
        }
        assertThat(post("{\"model\":\"none\",\"input\":\"a\"}", 404)
                        .at("/error/code")
                        .asText())
                .isEqualTo("model_not_found");
        JsonNode many = post(s + "\"input\":[" + ("\"" + "ab ".repeat(19) + "\",").repeat(2_047) + "\"a\"]}", 200);
        assertThat(many.get("data")).hasSize(2_048);
    }

    @Test
    void allTokensOfARequestAreBounded() throws Exception {
        String eightThousand = "a ".repeat(8_000);
        JsonNode error = post(
                        "{\"model\":\"saved\",\"input\":[" + ("\"" + eightThousand + "\",").repeat(40) + "\"a\"]}", 400)
                .get("error");
        assertThat(error.get("code").asText()).isEqualTo("max_tokens_per_request");
        assertThat(error.get("message").asText()).contains("300000").contains("input[37]");
    }

    @Test
    void modelsAreListedAndKeptApart() {
        assertThat(client.models().list().data())
                .extracting(Model::id)
                .containsExactly(RunningGondola.MODEL, SAVED, SENTENCES);
        assertThat(client.models().retrieve(SENTENCES).created()).isPositive();
        assertThat(catchThrowableOfType(
                        NotFoundException.class, () -> client.models().retrieve("scale")))
                .isNotNull();
    }

    @Test
    void aModelOfEmbeddingsDoesNotChat() throws Exception {
        for (String path : List.of("/v1/chat/completions", "/v1/completions", "/generate")) {
            HttpResponse<String> response = gondola.post(
                    path,
                    "{\"model\":\"sentences\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],"
                            + "\"prompt\":\"a\",\"text\":\"a\"}");
            assertThat(response.statusCode()).as(path + response.body()).isEqualTo(400);
            assertThat(response.body()).contains("it gives embeddings, at /v1/embeddings");
        }
    }

    @Test
    void itsVectorsAreAnOutputLikeAnyOther() throws Exception {
        HttpResponse<String> response = gondola.post("/v2/models/saved/infer", """
                {"inputs": [
                  {"name": "input_ids", "shape": [2, 3], "datatype": "INT32", "data": [2, 10, 3, 2, 3, 0]},
                  {"name": "attention_mask", "shape": [2, 3], "datatype": "INT32", "data": [1, 1, 1, 1, 1, 0]}],
                 "outputs": [{"name": "sentence_embedding"}]}""");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode output = JSON.readTree(response.body()).at("/outputs/0");
        assertThat(output.get("shape").toString()).isEqualTo("[2,16]");
        double[] all = new double[32];
        for (int i = 0; i < all.length; i++) {
            all[i] = output.get("data").get(i).doubleValue();
        }
        assertVector(Arrays.copyOf(all, 16), expected(SAVED, new int[] {2, 10, 3}));
        assertVector(Arrays.copyOfRange(all, 16, 32), expected(SAVED, new int[] {2, 3}));
    }

    @Test
    void whereTheTimeWentAndHowMuchWasAsked() throws Exception {
        double tokens = counter("gondola_embedding_tokens_total{model=\"saved\"}");
        double inputs = counter("gondola_embedding_inputs_total{model=\"saved\"}");
        HttpResponse<String> response =
                gondola.post("/v1/embeddings", "{\"model\":\"saved\",\"input\":[\"ab\",\"c\"]}");
        assertThat(response.headers().firstValue("server-timing").orElseThrow())
                .matches("tokenize;dur=[0-9.E-]+, queue;dur=[0-9.E-]+, compute;dur=[0-9.E-]+;"
                        + "desc=\"2 inputs in batches of up to [12]\"");
        assertThat(counter("gondola_embedding_tokens_total{model=\"saved\"}")).isEqualTo(tokens + 7);
        assertThat(counter("gondola_embedding_inputs_total{model=\"saved\"}")).isEqualTo(inputs + 2);
        JsonNode late = JSON.readTree(
                gondola.post("/v1/embeddings", "{\"model\":\"saved\",\"input\":\"a\"}", "X-Request-Timeout", "0.000001")
                        .body());
        assertThat(late.at("/error/code").asText()).isEqualTo("deadline_exceeded");
    }

    private static double counter(String series) throws Exception {
        return gondola.metrics()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst()
                .orElse(0);
    }

    private record Case(String model, List<String> texts) {}

    private static Case randomCase(SplittableRandom random) {
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(1, 12); i > 0; i--) {
            StringBuilder text = new StringBuilder("a");
            for (int letters = random.nextInt(TOKENS_MAX - 3); letters > 0; letters--) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            texts.add(text.toString());
        }
        return new Case(random.nextBoolean() ? SENTENCES : SAVED, texts);
    }

    @Test
    void inAnyCompanyAVectorIsWhatItIsAlone() throws Exception {
        double rows = counter("gondola_inference_rows_total{model=\"sentences\",version=\"1\"}");
        double runs = counter("gondola_inference_runs_total{model=\"sentences\",version=\"1\"}");
        ExecutorService clients = Executors.newFixedThreadPool(16);
        try {
            List<Callable<Void>> loads = new ArrayList<>();
            for (int seed = 0; seed < 16; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                loads.add(() -> {
                    for (int i = 0; i < 30; i++) {
                        check(randomCase(random));
                    }
                    return null;
                });
            }
            for (Future<Void> load : clients.invokeAll(loads)) {
                load.get();
            }
        } finally {
            clients.shutdownNow();
        }
        double newRows = counter("gondola_inference_rows_total{model=\"sentences\",version=\"1\"}") - rows;
        double newRuns = counter("gondola_inference_runs_total{model=\"sentences\",version=\"1\"}") - runs;
        assertThat(newRows).isGreaterThan(500);
        assertThat(newRuns)
                .as("runs of %s rows: they were computed together", newRows)
                .isLessThan(newRows / 1.5);
    }

    private static void check(Case one) {
        List<Embedding> data = client.embeddings()
                .create(of(one.model).inputOfArrayOfStrings(one.texts).build())
                .data();
        assertThat(data)
                .extracting(Embedding::index)
                .isEqualTo(IntStream.range(0, one.texts.size())
                        .mapToObj(i -> (long) i)
                        .toList());
        for (int i = 0; i < data.size(); i++) {
            assertVector(vector(data.get(i)), expected(one.model, SmallTransformer.tokens(one.texts.get(i))));
        }
    }

    @Test
    void aNewVersionTakesOverAndNoAnswerHasVectorsOfTwo() throws Exception {
        Path growing = repository.resolve("growing");
        EmbeddingModelFiles.writeTokenizer(growing);
        EmbeddingModelFiles.writeOnnx(growing.resolve("1/model.onnx"), new SmallTransformer(101));
        assertThat(gondola.post("/v2/repository/models/growing/load", "{}").statusCode())
                .isEqualTo(200);
        List<String> texts =
                IntStream.range(0, 300).mapToObj(i -> "a".repeat(1 + i % 30)).toList();
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(3);
        List<Future<Integer>> running = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            running.add(clients.submit(() -> {
                int answers = 0;
                while (!isOver.get() || answers == 0) {
                    requireOneVersion(texts);
                    answers++;
                }
                return answers;
            }));
        }
        for (int version = 2; version <= 4; version++) {
            EmbeddingModelFiles.writeOnnx(
                    growing.resolve(version + "/model.onnx"), new SmallTransformer(100 + version));
            HttpResponse<String> loaded = gondola.post("/v2/repository/models/growing/load", "{}");
            assertThat(loaded.statusCode()).as(loaded.body()).isEqualTo(200);
        }
        isOver.set(true);
        for (Future<Integer> each : running) {
            assertThat(each.get()).isPositive();
        }
        clients.shutdownNow();
        assertThat(gondola.post("/v2/repository/models/growing/unload", "{}").statusCode())
                .isEqualTo(200);
    }

    private static void requireOneVersion(List<String> texts) {
        List<Embedding> data = client.embeddings()
                .create(of("growing").inputOfArrayOfStrings(texts).build())
                .data();
        int version = IntStream.rangeClosed(1, 4)
                .filter(each -> isClose(data, texts, 0, each))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < data.size(); i++) {
            assertThat(isClose(data, texts, i, version))
                    .as("input %d is of version %d as the first is", i, version)
                    .isTrue();
        }
    }

    private static boolean isClose(List<Embedding> data, List<String> texts, int index, int version) {
        double[] expected = new SmallTransformer(100 + version).mean(SmallTransformer.tokens(texts.get(index)));
        double[] actual = vector(data.get(index));
        return IntStream.range(0, expected.length).allMatch(i -> Math.abs(expected[i] - actual[i]) < EXACT_ENOUGH);
    }
}
