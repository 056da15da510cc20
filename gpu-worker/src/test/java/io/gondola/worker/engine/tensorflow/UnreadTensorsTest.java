package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.tensorflow.ModelCopy.RawTensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnreadTensorsTest {

    @TempDir
    Path directory;

    private List<String> unread(String model, String tensor) throws Exception {
        ModelCopy copy = ModelCopy.of(model, directory);
        copy.tensors.put(tensor, RawTensor.of(new long[] {1}, new float[] {0.5f}, "F32"));
        copy.writeWeights();
        return DecoderSource.open(directory, EngineOptions.ofSlots(1)).unread();
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-llama, model.layers.0.self_attn.q_proj.bias",
        "tiny-llama, model.layers.1.mlp.down_proj.bias",
        "tiny-llama, model.layers.1.self_attn.q_norm.weight",
        "tiny-llama, model.layers.77.input_layernorm.weight",
        "tiny-llama, model.norm.bias",
        "tiny-llama, lm_head.bias",
        "tiny-qwen2, model.layers.0.self_attn.o_proj.bias",
        "tiny-gpt2, transformer.h.0.crossattention.c_attn.weight",
    })
    void whatWouldChangeAnswersIsRefused(String model, String tensor) {
        assertThatThrownBy(() -> unread(model, tensor))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("model.safetensors: tensor \"" + tensor + "\" is not read by ");
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-llama, model.layers.0.self_attn.rotary_emb.inv_freq",
        "tiny-llama, model.rotary_emb.inv_freq",
        "tiny-llama, model.layers.0.self_attn.k_scale",
        "tiny-gpt2, transformer.h.0.attn.bias",
        "tiny-gpt2, transformer.h.0.attn.masked_bias",
    })
    void whatAModelComputesAnywayIsNoMatter(String model, String tensor) throws Exception {
        assertThat(unread(model, tensor)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"tiny-llama, score.weight", "tiny-llama, vision_tower.layers.0.norm.weight", "tiny-gpt2, v_head.bias"})
    void whatLiesElsewhereIsToldOf(String model, String tensor) throws Exception {
        assertThat(unread(model, tensor)).containsExactly(tensor);
    }
}
