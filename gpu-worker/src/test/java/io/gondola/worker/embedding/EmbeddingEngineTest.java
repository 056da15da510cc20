package io.gondola.worker.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The vectors of texts, by the files of sentence-transformers: each against the sums written out. */
class EmbeddingEngineTest {

    private static final Offset<Float> EXACT_ENOUGH = Offset.offset(1e-6f);
    private static final long[][] IDS = {{5, 9, 2}, {7, 1, 0}};
    private static final long[][] MASK = {{1, 1, 1}, {1, 1, 0}};
    private static final String TRANSFORMER =
            "{\"idx\":0,\"name\":\"0\",\"path\":\"\",\"type\":\"sentence_transformers.models.Transformer\"}";

    @TempDir
    private Path files;

    private void write(String name, String json) throws IOException {
        Path file = files.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, json);
    }

    private static JoinedInput input(String name, Datatype datatype, long[][] rows) {
        List<byte[]> parts = new ArrayList<>();
        for (long[] row : rows) {
            ByteBuffer data = ByteBuffer.allocate(row.length * datatype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (long value : row) {
                if (datatype == Datatype.INT64) {
                    data.putLong(value);
                } else {
                    data.putInt((int) value);
                }
            }
            parts.add(data.array());
        }
        return new JoinedInput(name, datatype, new long[] {rows.length, rows[0].length}, parts);
    }

    private EmbeddingEngine wrap(TokenTableEngine graph, EmbeddingOptions options) throws EngineException {
        return Objects.requireNonNull(EmbeddingEngine.tryWrap(graph, files, options));
    }

    private float[][] vectors(TokenTableEngine graph) throws EngineException {
        EmbeddingEngine engine = wrap(graph, EmbeddingOptions.DEFAULT);
        Datatype type = graph.signatures().get(0).inputs().get(0).datatype();
        return rows(engine.run(
                        "serving_default",
                        List.of(input("input_ids", type, IDS), input("attention_mask", type, MASK)),
                        List.of("sentence_embedding"))
                .get(0));
    }

    private static float[][] rows(Tensor tensor) {
        float[][] rows = new float[(int) tensor.shape()[0]][(int) tensor.shape()[1]];
        ByteBuffer data = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                row[i] = data.getFloat();
            }
        }
        return rows;
    }

    private static TokenTableEngine bert() {
        return TokenTableEngine.of(
                Datatype.INT64, Datatype.FP32, "last_hidden_state", "input_ids", "attention_mask", "token_type_ids");
    }

    @Test
    void withoutFilesItIsTheMeanOfTheTokensThatCount() throws Exception {
        float[][] vectors = vectors(bert());
        assertThat(vectors[0]).containsExactly(new float[] {16f / 3, (-0.5f - 0.5f + 0.5f) / 3, -8f / 3}, EXACT_ENOUGH);
        assertThat(vectors[1]).containsExactly(new float[] {4, (1.5f - 0.5f) / 2, -2}, EXACT_ENOUGH);
    }

    @Test
    void everyWayOfPooling() throws Exception {
        write("1_Pooling/config.json", "{\"pooling_mode_cls_token\": true}");
        assertThat(vectors(bert())[1]).containsExactly(7, 1.5f, -3.5f);
        write("1_Pooling/config.json", "{\"pooling_mode_max_tokens\": true}");
        assertThat(vectors(bert())[1]).containsExactly(7, 1.5f, -0.5f);
        write("1_Pooling/config.json", "{\"pooling_mode_mean_sqrt_len_tokens\": true}");
        assertThat(vectors(bert())[1])
                .containsExactly(
                        new float[] {(float) (8 / Math.sqrt(2)), (float) (1 / Math.sqrt(2)), (float) (-4 / Math.sqrt(2))
                        },
                        EXACT_ENOUGH);
        write("1_Pooling/config.json", "{\"pooling_mode_weightedmean_tokens\": true}");
        assertThat(vectors(bert())[1]).containsExactly(new float[] {9f / 3, 0.5f / 3, -4.5f / 3}, EXACT_ENOUGH);
        write("1_Pooling/config.json", "{\"pooling_mode_lasttoken\": true}");
        assertThat(vectors(bert())[1]).containsExactly(1, -0.5f, -0.5f);
        write("1_Pooling/config.json", "{\"pooling_mode\": \"cls\"}");
        assertThat(vectors(bert())[0]).containsExactly(5, -0.5f, -2.5f);
    }

    @Test
    void severalWaysStandBehindEachOther() throws Exception {
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true, \"pooling_mode_cls_token\": true}");
        assertThat(wrap(bert(), EmbeddingOptions.DEFAULT).describe("").dimensions())
                .isEqualTo(6);
        assertThat(vectors(bert())[1]).containsExactly(new float[] {7, 1.5f, -3.5f, 4, 0.5f, -2}, EXACT_ENOUGH);
    }

    @Test
    void modulesInTheirOrder() throws Exception {
        write(
                "modules.json",
                "[" + TRANSFORMER + ",{\"path\":\"1_Pooling\",\"type\":\"x.models.Pooling\"},"
                        + "{\"path\":\"2_Dense\",\"type\":\"x.models.Dense\"},"
                        + "{\"path\":\"3_Normalize\",\"type\":\"x.models.Normalize\"}]");
        write("1_Pooling/config.json", "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}");
        write(
                "2_Dense/config.json",
                "{\"in_features\": 3, \"out_features\": 2, \"bias\": true,"
                        + "\"activation_function\": \"torch.nn.modules.linear.Identity\"}");
        writeDense(files.resolve("2_Dense/model.safetensors"), 1, 0, 0, 0, 2, 0, 0.5f, -2);
        EmbeddingEngine engine = wrap(bert(), EmbeddingOptions.DEFAULT);
        assertThat(engine.describe("").dimensions()).isEqualTo(2);
        assertThat(engine.describe("").isNormalized()).isTrue();
        assertThat(engine.signatures().get(0).tryOutput("sentence_embedding")).isNotNull();
        double length = Math.hypot(7.5, 1);
        assertThat(vectors(bert())[1])
                .containsExactly(new float[] {(float) (7.5 / length), (float) (1 / length)}, EXACT_ENOUGH);
    }

    /** A matrix of [2, 3] and a bias of [2]. */
    private static void writeDense(Path file, float... values) throws IOException {
        byte[] header = ("{\"linear.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                        + "\"linear.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}}")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer data =
                ByteBuffer.allocate(8 + header.length + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.putLong(header.length).put(header);
        for (float value : values) {
            data.putFloat(value);
        }
        Files.write(file, data.array());
    }

    @ParameterizedTest
    @EnumSource(
            value = Datatype.class,
            names = {"FP32", "FP16", "BF16", "FP64"})
    void everyFormatOfNumbers(Datatype numbers) throws Exception {
        TokenTableEngine graph =
                TokenTableEngine.of(Datatype.INT32, numbers, "token_embeddings", "input_ids", "attention_mask");
        assertThat(vectors(graph)[1]).containsExactly(new float[] {4, 0.5f, -2}, EXACT_ENOUGH);
    }

    @Test
    void aBatchIsComputedInPiecesOfBoundedSize() throws Exception {
        TokenTableEngine graph = bert();
        EmbeddingEngine engine = wrap(graph, new EmbeddingOptions(List.of(), null, "", 7));
        long[][] ids = new long[5][3];
        long[][] mask = new long[5][3];
        for (int i = 0; i < ids.length; i++) {
            Arrays.fill(ids[i], i + 1);
            Arrays.fill(mask[i], 1);
        }
        // One request of two rows among those of one: a piece may end within it.
        JoinedInput parts = input("input_ids", Datatype.INT64, ids);
        List<byte[]> joined = new ArrayList<>(parts.parts());
        byte[] two = Arrays.copyOf(joined.get(1), 2 * joined.get(1).length);
        System.arraycopy(joined.remove(2), 0, two, two.length / 2, two.length / 2);
        joined.set(1, two);
        float[][] vectors = rows(engine.run(
                        "serving_default",
                        List.of(
                                new JoinedInput("input_ids", Datatype.INT64, parts.shape(), joined),
                                input("attention_mask", Datatype.INT64, mask)),
                        List.of("sentence_embedding"))
                .get(0));
        assertThat(graph.runs).extracting(shape -> shape[0]).containsExactly(2L, 2L, 1L);
        for (int i = 0; i < vectors.length; i++) {
            assertThat(vectors[i]).containsExactly(TokenTableEngine.vectorOf(i + 1), EXACT_ENOUGH);
        }
    }

    @Test
    void otherOutputsComeWithIt() throws Exception {
        EmbeddingEngine engine = wrap(bert(), EmbeddingOptions.DEFAULT);
        List<Tensor> given = engine.run(
                "serving_default",
                List.of(input("input_ids", Datatype.INT64, IDS), input("attention_mask", Datatype.INT64, MASK)),
                List.of("pooler_output", "sentence_embedding", "last_hidden_state"));
        assertThat(given)
                .extracting(Tensor::name)
                .containsExactly("pooler_output", "sentence_embedding", "last_hidden_state");
        assertThat(rows(given.get(1))[1]).containsExactly(new float[] {4, 0.5f, -2}, EXACT_ENOUGH);
    }

    @Test
    void whatTheGraphPoolsItselfIsTaken() throws Exception {
        write("1_Pooling/config.json", "{\"pooling_mode_lasttoken\": true}");
        write(
                "modules.json",
                "[" + TRANSFORMER + ",{\"path\":\"1_Pooling\",\"type\":\"x.models.Pooling\"},"
                        + "{\"path\":\"2_Normalize\",\"type\":\"x.models.Normalize\"}]");
        TokenTableEngine graph = TokenTableEngine.pooled("sentence_embedding");
        float[] vector = rows(wrap(graph, EmbeddingOptions.DEFAULT)
                .run("serving_default", List.of(input("input_ids", Datatype.INT64, IDS)), List.of("sentence_embedding"))
                .get(0))[1];
        double length = Math.sqrt(49 + 1.5 * 1.5 + 3.5 * 3.5);
        assertThat(vector)
                .containsExactly(
                        new float[] {(float) (7 / length), (float) (1.5 / length), (float) (-3.5 / length)},
                        EXACT_ENOUGH);
    }

    @Test
    void modelYamlHasTheLastWord() throws Exception {
        write("1_Pooling/config.json", "{\"pooling_mode_cls_token\": true}");
        EmbeddingEngine engine =
                wrap(bert(), new EmbeddingOptions(List.of(Pooling.LASTTOKEN), true, "last_hidden_state", 1_000));
        assertThat(engine.describe("").isNormalized()).isTrue();
        float[] vector = rows(engine.run(
                        "serving_default",
                        List.of(input("input_ids", Datatype.INT64, IDS), input("attention_mask", Datatype.INT64, MASK)),
                        List.of("sentence_embedding"))
                .get(0))[1];
        double length = Math.sqrt(1.5);
        assertThat(vector)
                .containsExactly(
                        new float[] {(float) (1 / length), (float) (-0.5 / length), (float) (-0.5 / length)},
                        EXACT_ENOUGH);
        assertThatThrownBy(() ->
                        EmbeddingEngine.tryWrap(bert(), files, new EmbeddingOptions(List.of(), null, "logits", 1_000)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("an output 'logits'");
    }

    @Test
    void otherModelsWithATokenizerAreLeftAlone() throws Exception {
        assertThat(EmbeddingEngine.tryWrap(
                        TokenTableEngine.of(Datatype.INT64, Datatype.FP32, "logits", "input_ids"),
                        files,
                        EmbeddingOptions.DEFAULT))
                .isNull();
        assertThat(EmbeddingEngine.tryWrap(
                        TokenTableEngine.of(
                                Datatype.INT64, Datatype.FP32, "last_hidden_state", "input_ids", "decoder_input_ids"),
                        files,
                        EmbeddingOptions.DEFAULT))
                .isNull();
    }

    @Test
    void anOutputOfAnyNameWhereTheFilesSayWhatItIsFor() throws Exception {
        TokenTableEngine exported =
                TokenTableEngine.of(Datatype.INT64, Datatype.FP32, "output_0", "input_ids", "attention_mask");
        assertThat(EmbeddingEngine.tryWrap(exported, files, EmbeddingOptions.DEFAULT))
                .isNull();
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true}");
        assertThat(vectors(exported)[1]).containsExactly(new float[] {4, 0.5f, -2}, EXACT_ENOUGH);
        assertThatThrownBy(() ->
                        EmbeddingEngine.tryWrap(TokenTableEngine.pooled("logits"), files, EmbeddingOptions.DEFAULT))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("logits");
    }

    @Test
    void whatCannotBeComputedIsRefusedByName() throws Exception {
        write("modules.json", "[" + TRANSFORMER + ",{\"path\":\"1\",\"type\":\"x.models.WeightedLayerPooling\"}]");
        refused("WeightedLayerPooling");
        write("modules.json", "[" + TRANSFORMER + ",{\"path\":\"../../etc\",\"type\":\"x.models.Pooling\"}]");
        refused("leads out of the directory");
        write("modules.json", "{}");
        refused("expected a list of modules");
        Files.delete(files.resolve("modules.json"));
        write("1_Pooling/config.json", "{\"pooling_mode\": \"median\"}");
        refused("'median' is not known");
        write("1_Pooling/config.json", "{\"pooling_mode_cls_token\": true, \"include_prompt\": false}");
        refused("include_prompt");
    }

    private void refused(String message) {
        assertThatThrownBy(() -> EmbeddingEngine.tryWrap(bert(), files, EmbeddingOptions.DEFAULT))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(message);
    }
}
