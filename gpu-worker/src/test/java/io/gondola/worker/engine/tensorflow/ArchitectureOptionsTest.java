package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.tensorflow.ModelCopy.RawTensor;
import io.gondola.worker.engine.weights.ConfigFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models of random weights with every option of the architectures, against {@link SlowDecoder}. */
class ArchitectureOptionsTest {

    private static final int WIDTH = 24;
    private static final int VOCABULARY = 61;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gpt2 | {}",
                "gpt2 | {\"scale_attn_by_inverse_layer_idx\": true, \"reorder_and_upcast_attn\": true}",
                "gpt2 | {\"scale_attn_weights\": false, \"n_inner\": 17, \"layer_norm_epsilon\": 0.01}",
                "gpt2 | {\"activation_function\": \"gelu\", \"tie_word_embeddings\": false}",
                "gpt2 | {\"activation_function\": \"quick_gelu\", \"n_head\": 1}",
                "gpt2 | {\"activation_function\": \"relu\"}",
                "gpt2 | {\"activation_function\": \"tanh\", \"n_head\": 24}",
                "gpt2 | {\"activation_function\": \"gelu_pytorch_tanh\", \"n_inner\": null}",
                "llama | {}",
                "llama | {\"attention_bias\": true, \"mlp_bias\": true, \"tie_word_embeddings\": true}",
                "llama | {\"num_key_value_heads\": 1, \"head_dim\": 10, \"hidden_act\": \"gelu_pytorch_tanh\"}",
                "llama | {\"num_key_value_heads\": 4, \"rms_norm_eps\": 0.01}",
                "llama | {\"num_key_value_heads\": null, \"head_dim\": null, \"attention_bias\": true}",
                "llama | {\"sliding_window\": 3}",
                "llama | {\"sliding_window\": 3, \"layer_types\": "
                        + "[\"full_attention\", \"sliding_attention\", \"full_attention\"]}",
                "llama | {\"num_local_experts\": 0, \"embedding_multiplier\": 1, \"attn_logit_softcapping\": null, "
                        + "\"no_rope_layers\": [1, 1, 1], \"partial_rotary_factor\": 1.0, \"is_causal\": true, "
                        + "\"attention_multiplier\": 0.408248, \"pretraining_tp\": 2, \"rope_scaling\": {}}",
                "mistral | {\"sliding_window\": 5}",
                "mistral | {\"sliding_window\": 4, \"layer_types\": "
                        + "[\"sliding_attention\", \"full_attention\", \"full_attention\"]}",
                "mistral | {\"sliding_window\": null, \"layer_types\": "
                        + "[\"full_attention\", \"full_attention\", \"full_attention\"]}",
                "mistral | {\"sliding_window\": null}",
                "mistral | {\"sliding_window\": 33}",
                "qwen2 | {}",
                "qwen2 | {\"use_sliding_window\": true, \"sliding_window\": 7, \"max_window_layers\": 1}",
                "qwen2 | {\"use_sliding_window\": false, \"sliding_window\": 7, \"max_window_layers\": 1}",
                "qwen3 | {\"head_dim\": 14, \"attention_bias\": true, \"num_key_value_heads\": 1}",
                "qwen3 | {\"head_dim\": 4, \"use_sliding_window\": true, \"sliding_window\": 3, \"layer_types\": "
                        + "[\"sliding_attention\", \"full_attention\", \"sliding_attention\"]}",
            })
    void logitsAreThoseOfTheDefinitions(String type, String options) throws Exception {
        ObjectNode config = type.equals("gpt2") ? gpt2() : llama(type);
        config.setAll((ObjectNode) ModelCopy.JSON.readTree(options));
        Random random = new Random(options.hashCode());
        ModelCopy copy = filled(config, random);
        SlowDecoder slow = new SlowDecoder(config, copy.tensors);
        assertLogits(copy, config, slow, random);
    }

    private void assertLogits(ModelCopy copy, ObjectNode config, SlowDecoder slow, Random random) throws Exception {
        copy.text("config.json", config.toString());
        copy.writeWeights();
        try (TensorFlowEngine engine =
                TensorFlowEngine.load("m", directory, EngineOptions.ofSlots(2), LoadProgress.NONE)) {
            int[] tokens = random.ints(40, 0, VOCABULARY).toArray();
            for (int length : new int[] {1, 2, 9, 40}) {
                int[] prompt = Arrays.copyOf(tokens, length);
                double[] expected = slow.logits(prompt);
                for (int chunk : new int[] {1, 6, 40}) {
                    float[] actual = EngineLogits.behind(engine, length % 2, prompt, chunk);
                    for (int i = 0; i < actual.length; i++) {
                        assertThat((double) actual[i])
                                .as("logit %s of %s tokens in chunks of %s", i, length, chunk)
                                .isCloseTo(expected[i], within(1e-3));
                    }
                }
            }
        }
    }

    /** As GPT2Model and LlamaModel save them, without the part that makes them language models. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void namesMayLackTheirPrefix(String type) throws Exception {
        ObjectNode config = (type.equals("gpt2") ? gpt2() : llama(type)).put("tie_word_embeddings", true);
        Random random = new Random(7);
        ModelCopy copy = filled(config, random);
        SlowDecoder slow = new SlowDecoder(config, copy.tensors);
        Map<String, RawTensor> shorter = new LinkedHashMap<>();
        copy.tensors.forEach((name, tensor) -> shorter.put(name.replaceFirst("^(transformer|model)\\.", ""), tensor));
        copy.tensors = shorter;
        assertLogits(copy, config, slow, random);
    }

    /** What transformers 5 does: config.json is wrong there. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void anOutputLayerThatDiffersFromTheEmbeddingIsTakenThoughItIsSaidToBeTied(String type) throws Exception {
        ObjectNode config = (type.equals("gpt2") ? gpt2() : llama(type)).put("tie_word_embeddings", true);
        Random random = new Random(8);
        ModelCopy copy = filled(config, random);
        put(copy, "lm_head.weight", random, 0.3, VOCABULARY, WIDTH);
        assertLogits(copy, config, new SlowDecoder(config, copy.tensors), random);
    }

    @Test
    void anOutputLayerThatIsACopyOfTheEmbeddingIsNotKept() throws Exception {
        ObjectNode config = llama("llama").put("tie_word_embeddings", true);
        ModelCopy copy = filled(config, new Random(9));
        RawTensor embedding = copy.tensors.get("model.embed_tokens.weight");
        copy.tensors.put("lm_head.weight", embedding);
        copy.text("config.json", config.toString());
        copy.writeWeights();
        assertThat(DecoderSource.open(directory, EngineOptions.ofSlots(1))
                        .description()
                        .tiedHead())
                .isTrue();
        byte[] other = embedding.data().clone();
        other[other.length - 1]++;
        copy.tensors.put("lm_head.weight", new RawTensor(embedding.type(), embedding.shape(), other));
        copy.writeWeights();
        assertThat(DecoderSource.open(directory, EngineOptions.ofSlots(1))
                        .description()
                        .tiedHead())
                .as("one byte differs")
                .isFalse();
    }

    private ModelCopy filled(ObjectNode config, Random random) {
        ModelCopy copy = ModelCopy.empty(directory);
        if (config.get("model_type").textValue().equals("gpt2")) {
            fillGpt2(copy, config, random);
        } else {
            fillLlama(copy, config, random);
        }
        return copy;
    }

    private static ObjectNode gpt2() {
        return ModelCopy.JSON
                .createObjectNode()
                .put("model_type", "gpt2")
                .put("n_embd", WIDTH)
                .put("n_head", 4)
                .put("n_layer", 3)
                .put("n_positions", 50)
                .put("vocab_size", VOCABULARY)
                .put("layer_norm_epsilon", 1e-5)
                .put("activation_function", "gelu_new");
    }

    private static ObjectNode llama(String type) {
        return ModelCopy.JSON
                .createObjectNode()
                .put("model_type", type)
                .put("hidden_size", WIDTH)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", 2)
                .put("num_hidden_layers", 3)
                .put("intermediate_size", 31)
                .put("max_position_embeddings", 50)
                .put("vocab_size", VOCABULARY)
                .put("rms_norm_eps", 1e-6)
                .put("hidden_act", "silu");
    }

    private static void put(ModelCopy copy, String name, Random random, double size, long... shape) {
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (random.nextGaussian() * size);
        }
        copy.tensors.put(name, RawTensor.of(shape, numbers, "F32"));
    }

    private static void fillGpt2(ModelCopy copy, JsonNode config, Random random) {
        int inner = config.path("n_inner").asInt(4 * WIDTH);
        put(copy, "transformer.wte.weight", random, 1, VOCABULARY, WIDTH);
        put(
                copy,
                "transformer.wpe.weight",
                random,
                0.5,
                config.get("n_positions").intValue(),
                WIDTH);
        for (int i = 0; i < config.get("n_layer").intValue(); i++) {
            String name = "transformer.h." + i + ".";
            for (String norm : new String[] {"ln_1", "ln_2"}) {
                put(copy, name + norm + ".weight", random, 1, WIDTH);
                put(copy, name + norm + ".bias", random, 0.3, WIDTH);
            }
            fillConv(copy, name + "attn.c_attn", random, WIDTH, 3 * WIDTH);
            fillConv(copy, name + "attn.c_proj", random, WIDTH, WIDTH);
            fillConv(copy, name + "mlp.c_fc", random, WIDTH, inner);
            fillConv(copy, name + "mlp.c_proj", random, inner, WIDTH);
        }
        put(copy, "transformer.ln_f.weight", random, 1, WIDTH);
        put(copy, "transformer.ln_f.bias", random, 0.3, WIDTH);
        if (!config.path("tie_word_embeddings").asBoolean(true)) {
            put(copy, "lm_head.weight", random, 0.3, VOCABULARY, WIDTH);
        }
    }

    private static void fillConv(ModelCopy copy, String name, Random random, int in, int out) {
        put(copy, name + ".weight", random, 0.2, in, out);
        put(copy, name + ".bias", random, 0.2, out);
    }

    private static void fillLlama(ModelCopy copy, JsonNode config, Random random) {
        String type = config.get("model_type").textValue();
        boolean attentionBias = config.path("attention_bias").asBoolean(false);
        boolean mlpBias = config.path("mlp_bias").asBoolean(false);
        int headSize = config.path("head_dim").asInt(WIDTH / 4);
        int kvSize = config.path("num_key_value_heads").asInt(4) * headSize;
        int inner = config.get("intermediate_size").intValue();
        put(copy, "model.embed_tokens.weight", random, 1, VOCABULARY, WIDTH);
        for (int i = 0; i < config.get("num_hidden_layers").intValue(); i++) {
            String name = "model.layers." + i + ".";
            put(copy, name + "input_layernorm.weight", random, 1, WIDTH);
            put(copy, name + "post_attention_layernorm.weight", random, 1, WIDTH);
            boolean qkvBias = attentionBias || type.equals("qwen2");
            fillLinear(copy, name + "self_attn.q_proj", random, WIDTH, 4 * headSize, qkvBias);
            fillLinear(copy, name + "self_attn.k_proj", random, WIDTH, kvSize, qkvBias);
            fillLinear(copy, name + "self_attn.v_proj", random, WIDTH, kvSize, qkvBias);
            fillLinear(copy, name + "self_attn.o_proj", random, 4 * headSize, WIDTH, attentionBias);
            fillLinear(copy, name + "mlp.gate_proj", random, WIDTH, inner, mlpBias);
            fillLinear(copy, name + "mlp.up_proj", random, WIDTH, inner, mlpBias);
            fillLinear(copy, name + "mlp.down_proj", random, inner, WIDTH, mlpBias);
            if (type.equals("qwen3")) {
                put(copy, name + "self_attn.q_norm.weight", random, 1, headSize);
                put(copy, name + "self_attn.k_norm.weight", random, 1, headSize);
            }
        }
        put(copy, "model.norm.weight", random, 1, WIDTH);
        if (!config.path("tie_word_embeddings").asBoolean(false)) {
            put(copy, "lm_head.weight", random, 0.3, VOCABULARY, WIDTH);
        }
    }

    private static void fillLinear(ModelCopy copy, String name, Random random, int in, int out, boolean bias) {
        put(copy, name + ".weight", random, 0.2, out, in);
        if (bias) {
            put(copy, name + ".bias", random, 0.2, out);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama | {\"num_key_value_heads\": 3} | num_attention_heads 4 must be a multiple of num_key_value_heads 3",
                "llama | {\"num_attention_heads\": 5, \"num_key_value_heads\": 5} | hidden_size 24 must be a multiple of",
                "llama | {\"head_dim\": 7} | the head size 7 must be even",
                "llama | {\"hidden_act\": \"mish\"} | hidden_act \"mish\" is not supported",
                "llama | {\"intermediate_size\": null} | intermediate_size must be a whole number",
                "llama | {\"rms_norm_eps\": \"1e-6\"} | rms_norm_eps must be a number",
                "llama | {} | tensor \"model.embed_tokens.weight\" is missing, expected one of shape [61, 24]",
                "qwen2 | {\"use_sliding_window\": 1} | use_sliding_window must be true or false",
                "qwen3 | {\"layer_types\": [\"full_attention\"]} | layer_types names 1 layers of 3",
                "qwen3 | {\"layer_types\": [\"a\", \"b\", \"c\"]} | layer_types \"a\" is not supported",
                "llama | {\"layer_types\": [\"chunked_attention\", \"full_attention\", \"full_attention\"]} | "
                        + "layer_types \"chunked_attention\" is not supported",
                "llama | {\"layer_types\": [\"sliding_attention\", \"full_attention\", \"full_attention\"]} | "
                        + "layer_types names sliding_attention, but sliding_window gives no size",
                "mistral | {\"layer_types\": [\"full_attention\"]} | layer_types names 1 layers of 3",
                "llama | {\"no_rope_layers\": [1, 0, 1]} | no_rope_layers: layers without rotary positions",
                "llama | {\"num_local_experts\": 8} | num_local_experts 8.0 is not supported",
                "llama | {\"attn_logit_softcapping\": 50} | attn_logit_softcapping 50.0 is not supported",
                "llama | {\"final_logit_softcapping\": 30} | final_logit_softcapping 30.0 is not supported",
                "llama | {\"attention_multiplier\": 0.0078125} | attention_multiplier 0.0078125 is not supported",
                "llama | {\"query_pre_attn_scalar\": 256} | query_pre_attn_scalar 256.0 is not supported",
                "llama | {\"no_rope_layer_interval\": 4} | no_rope_layer_interval 4.0 is not supported",
                "llama | {\"rotary_pct\": 0.25} | rotary_pct other than 1 is not supported",
                "llama | {\"embedding_multiplier\": 12} | embedding_multiplier 12.0 is not supported",
                "llama | {\"residual_multiplier\": 0.22} | residual_multiplier 0.22 is not supported",
                "llama | {\"logits_scaling\": 8} | logits_scaling 8.0 is not supported",
                "mistral | {\"is_causal\": false} | is_causal false is not supported",
                "qwen3 | {\"num_experts\": 128} | num_experts 128.0 is not supported",
                "qwen2 | {\"num_experts\": \"x\"} | num_experts must be a number",
                "llama | {\"partial_rotary_factor\": 0.5} | partial_rotary_factor other than 1",
                "mistral | {\"num_key_value_heads\": null, \"num_attention_heads\": 5} | hidden_size 24 must be a multiple",
                "mistral | {\"sliding_window\": -1} | sliding_window must be a whole number",
            })
    void brokenConfigurationsAreRefused(String type, String options, String expected) throws Exception {
        ObjectNode config = llama(type);
        config.setAll((ObjectNode) ModelCopy.JSON.readTree(options));
        ModelCopy copy = ModelCopy.empty(directory);
        copy.text("config.json", config.toString());
        copy.writeWeights();
        assertThatThrownBy(() -> TensorFlowEngine.load("m", directory, EngineOptions.ofSlots(2), LoadProgress.NONE)
                        .close())
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void activationsThatAreNotKnownAreRefusedForGpt2Too() throws Exception {
        ModelCopy.empty(directory)
                .text(
                        "config.json",
                        gpt2().put("activation_function", "gelu_10").toString());
        assertThatThrownBy(() -> DecoderSource.open(directory, EngineOptions.ofSlots(2)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("activation_function \"gelu_10\" is not supported");
    }

    /** transformers has other defaults for what is left out than for null. */
    @ParameterizedTest
    @CsvSource({"llama, 64", "mistral, 8", "qwen2, 32", "qwen3, 32"})
    void headsOfKeysThatAreLeftOutAreThoseOfTheArchitecture(String type, int kvHeads) throws Exception {
        ObjectNode config = llama(type)
                .put("hidden_size", 256)
                .put("num_attention_heads", 64)
                .put("head_dim", 4);
        config.remove("num_key_value_heads");
        ModelCopy.empty(directory).text("config.json", config.toString());
        ConfigFile file = ConfigFile.read(directory.resolve("config.json"));
        assertThat(Architecture.recognise(file).description().attention().kvHeads())
                .isEqualTo(kvHeads);
        ModelCopy.empty(directory)
                .text("config.json", config.putNull("num_key_value_heads").toString());
        ConfigFile withNull = ConfigFile.read(directory.resolve("config.json"));
        assertThat(Architecture.recognise(withNull).description().attention().kvHeads())
                .isEqualTo(64);
    }

    /** A context of millions of tokens costs no weights, so only arithmetic can refuse it; one of them fits, all do not. */
    @Test
    void aCacheLargerThanTheMachineIsRefusedInWords() throws Exception {
        ObjectNode config = llama("llama").put("max_position_embeddings", 1 << 22);
        ModelCopy copy = ModelCopy.empty(directory);
        fillLlama(copy, config, new Random(1));
        copy.text("config.json", config.toString());
        copy.writeWeights();
        assertThatThrownBy(() -> TensorFlowEngine.load(
                                "m", directory, EngineOptions.ofSlots(EngineOptions.SLOTS_MAX), LoadProgress.NONE)
                        .close())
                .isInstanceOf(EngineException.class)
                .hasMessageMatching(
                        "out of memory: a KV cache of [0-9,]+ MiB was asked for, but the weights take .* and a KV "
                                + "cache that holds one whole context at least [0-9,]+ MiB; .* of which [0-9,]+ MiB are .*");
        EngineOptions shorter = EngineOptions.ofSlots(2).withContextTokensMax(64);
        try (TensorFlowEngine engine = TensorFlowEngine.load("m", directory, shorter, LoadProgress.NONE)) {
            assertThat(engine.describe().contextTokensMax()).isEqualTo(64);
            assertThat(engine.describe().kvTokensMax()).isEqualTo(128);
        }
    }
}
