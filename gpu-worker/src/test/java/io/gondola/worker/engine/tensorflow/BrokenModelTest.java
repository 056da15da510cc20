package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.tensorflow.ModelCopy.RawTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model directory that is broken gives one error that names the file, the thing, and what was expected. */
class BrokenModelTest {

    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path directory;

    private ModelCopy copy;

    @BeforeEach
    void copyModel() throws Exception {
        copy = ModelCopy.of("tiny-gpt2", directory);
    }

    private void refused(String... fragments) {
        refused(directory, EngineOptions.ofSlots(2), fragments);
    }

    private static void refused(Path path, EngineOptions options, String... fragments) {
        assertThatThrownBy(() -> TensorFlowEngine.load("m", path, options, LoadProgress.NONE)
                        .close())
                .isInstanceOf(EngineException.class)
                .hasMessageContainingAll(fragments)
                .hasMessageNotContainingAny("\n", "Exception");
    }

    @Test
    void missingAndMistakenPaths() throws Exception {
        refused(directory.resolve("none"), EngineOptions.ofSlots(1), "none: no such model directory");
        refused(directory.resolve("config.json"), EngineOptions.ofSlots(1), "is a file, expected a model directory");
        Files.delete(directory.resolve("model.safetensors"));
        refused("has neither model.safetensors nor " + INDEX);
        Files.writeString(directory.resolve("pytorch_model.bin"), "x");
        refused("pytorch_model.bin is not read");
        Files.createDirectory(directory.resolve("model.safetensors"));
        refused("model.safetensors: is a directory, expected a file");
        Files.delete(directory.resolve("config.json"));
        refused("config.json: no such file");
        Files.createDirectory(directory.resolve("config.json"));
        refused("config.json: is a directory, expected a file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | the file is empty",
                "{ | not valid JSON",
                "[] | not a JSON object",
                "7 | not a JSON object",
                "{} {} | not valid JSON",
                "{} | names neither model_type nor architectures; known are model_type gpt2",
                "{\"model_type\": 3} | model_type must be a string, is 3",
                "{\"architectures\": \"GPT2LMHeadModel\"} | architectures must be a list of strings",
                "{\"model_type\": \"mamba\"} | unknown architecture: model_type \"mamba\"",
                "{\"architectures\": [\"BertModel\"]} | architectures \"BertModel\"; known are model_type gpt2",
                "{\"model_type\": \"gpt2\", \"architectures\": [\"GPT2ForTokenClassification\"]} | GPT2ForTokenClass",
                "{\"model_type\": \"gpt2\"} | n_embd must be a whole number from 1 to 1048576, but is missing",
            })
    void configFiles(String content, String expected) throws Exception {
        copy.text("config.json", content);
        refused("config.json: ", expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "n_head | 5 | n_embd 48 must be a multiple of n_head 5",
                "n_head | 0 | n_head must be a whole number from 1 to 4096, is 0",
                "n_head | \"4\" | n_head must be a whole number from 1 to 4096, is \"4\"",
                "n_layer | 0 | n_layer must be a whole number from 1 to 1024, is 0",
                "n_layer | null | n_layer must be a whole number from 1 to 1024, is null",
                "n_layer | 3.0 | n_layer must be a whole number",
                "n_layer | 4 | tensor \"transformer.h.3.ln_1.weight\" is missing, expected one of shape [48]",
                "n_embd | -48 | n_embd must be a whole number from 1",
                "n_embd | 1e30 | n_embd must be a whole number from 1",
                "n_embd | 99999999999 | n_embd must be a whole number from 1",
                "n_embd | 96 | tensor \"transformer.wte.weight\" is F32 [512, 48], expected shape [512, 96]",
                "n_positions | 67108864 | transformer.wpe.weight\" is F32 [128, 48], expected shape [67108864, 48]",
                "n_inner | 7 | transformer.h.0.mlp.c_fc.weight\" is F32 [48, 192], expected shape [48, 7]",
                "vocab_size | [] | vocab_size must be a whole number",
                "layer_norm_epsilon | \"x\" | layer_norm_epsilon must be a number from 0",
                "layer_norm_epsilon | -1 | layer_norm_epsilon must be a number from 0",
                "activation_function | \"mish\" | activation_function \"mish\" is not supported; supported are gelu",
                "activation_function | 4 | activation_function must be a string, is 4",
                "scale_attn_weights | \"yes\" | scale_attn_weights must be true or false, is \"yes\"",
                "tie_word_embeddings | false | tensor \"lm_head.weight\" is missing, expected one of shape [512, 48]",
                "add_cross_attention | true | add_cross_attention true is not supported",
                "quantization_config | {} | quantised weights are not supported",
                "model_type | \"llama9\" | unknown architecture: model_type \"llama9\"",
            })
    void configFields(String field, String value, String expected) throws Exception {
        var node = ModelCopy.JSON.readTree(value);
        copy.config(config -> config.set(field, node));
        refused(directory.toString(), expected);
    }

    @Test
    void aBrokenGenerationConfigIsNamed() throws Exception {
        copy.text("generation_config.json", "nope");
        refused("generation_config.json: not valid JSON");
    }

    @Test
    void tensorsThatAreMissingMisshapenOrInOtherFormats() throws Exception {
        String name = "transformer.h.1.attn.c_attn.weight";
        RawTensor good = copy.tensors.get(name);
        copy.tensors.put(name, new RawTensor("F32", new long[] {144, 48}, good.data()));
        copy.writeWeights();
        refused("model.safetensors: tensor \"" + name + "\" is F32 [144, 48], expected shape [48, 144]");
        copy.tensors.put(name, new RawTensor("I8", new long[] {48, 144}, new byte[48 * 144]));
        copy.writeWeights();
        refused("tensor \"" + name + "\" is I8 [48, 144]; only F32, F16 and BF16");
        copy.tensors.remove(name);
        copy.writeWeights();
        refused("model.safetensors: tensor \"" + name + "\" is missing, expected one of shape [48, 144]");
    }

    @Test
    void aTruncatedFileIsNamed() throws Exception {
        Path file = directory.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        refused("model.safetensors: tensor", "reach beyond the file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"weight_map\": {\"a\": \"gone.safetensors\"}} | gone.safetensors: no such file; model.safetensors.index",
                "{\"weight_map\": {\"ghost\": \"part.safetensors\"}} | part.safetensors: lacks tensor \"ghost\"",
                "{\"weight_map\": {\"a\": \"../part.safetensors\"}} | shard \"../part.safetensors\" must be a file inside",
                "{\"weight_map\": {\"a\": \"x/../../part\"}} | must be a file inside the model's directory",
                "{\"weight_map\": {\"a\": \"/etc/passwd\"}} | shard \"/etc/passwd\" must be a file inside",
                "{\"weight_map\": {\"a\": \"\"}} | must be a file inside the model's directory",
                "{\"weight_map\": {\"a\": \".\"}} | must be a file inside the model's directory",
                "{\"weight_map\": {\"a\": \"x\\u0000y\"}} | is no file name",
                "{\"weight_map\": {\"a\": 7}} | weight_map.a must be a string, is 7",
                "{\"weight_map\": {\"a\": null}} | weight_map.a must be a file name",
                "{\"weight_map\": []} | weight_map must be an object",
                "{\"weight_map\": {}} | tensor \"wte.weight\" is missing",
                "{} | weight_map must be an object from tensor names to file names, but is missing",
                "nope | not valid JSON",
            })
    void shards(String index, String expected) throws Exception {
        Map<String, RawTensor> part = new LinkedHashMap<>(copy.tensors);
        copy.write("part.safetensors", part);
        Files.delete(directory.resolve("model.safetensors"));
        copy.text(INDEX, index);
        refused(expected);
    }

    @Test
    void contextsAndCachesThatCannotBe() {
        refused(
                directory,
                EngineOptions.ofSlots(2).withContextTokensMax(129),
                "the model's context is 128 tokens, less than the 129 asked");
    }
}
