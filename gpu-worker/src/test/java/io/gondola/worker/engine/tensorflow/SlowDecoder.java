package io.gondola.worker.engine.tensorflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.worker.engine.tensorflow.ModelCopy.RawTensor;
import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * A decoder in double precision, straight from the definitions, over a checkpoint's own tensors: what the graph is held
 * to where no other implementation's answers are at hand. No cache, no batch, no shared code.
 */
final class SlowDecoder {

    private final JsonNode config;
    private final Map<String, RawTensor> tensors;
    private final boolean gpt2;
    private final int heads;
    private final int kvHeads;
    private final int width;
    private final int headSize;

    SlowDecoder(JsonNode config, Map<String, RawTensor> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.gpt2 = config.get("model_type").textValue().equals("gpt2");
        this.heads = config.get(gpt2 ? "n_head" : "num_attention_heads").intValue();
        this.kvHeads = gpt2 ? heads : config.path("num_key_value_heads").asInt(heads);
        this.width = config.get(gpt2 ? "n_embd" : "hidden_size").intValue();
        this.headSize = config.path("head_dim").asInt(width / heads);
    }

    /** The logits behind the last token. */
    double[] logits(int[] tokens) {
        double[][] x = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            x[t] = row(gpt2 ? "transformer.wte" : "model.embed_tokens", tokens[t]);
            if (gpt2) {
                add(x[t], row("transformer.wpe", t));
            }
        }
        int layers = config.get(gpt2 ? "n_layer" : "num_hidden_layers").intValue();
        for (int i = 0; i < layers; i++) {
            attention(x, i);
            for (double[] token : x) {
                add(token, mlp(token, i));
            }
        }
        double[] last = norm(x[tokens.length - 1], gpt2 ? "transformer.ln_f" : "model.norm");
        String head =
                tensors.containsKey("lm_head.weight") ? "lm_head" : gpt2 ? "transformer.wte" : "model.embed_tokens";
        return linear(last, head, true);
    }

    private void attention(double[][] x, int layer) {
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        String name = gpt2 ? "transformer.h." + layer + "." : "model.layers." + layer + ".";
        for (int t = 0; t < x.length; t++) {
            double[] in = norm(x[t], name + (gpt2 ? "ln_1" : "input_layernorm"));
            if (gpt2) {
                double[] all = linear(in, name + "attn.c_attn", false);
                q[t] = Arrays.copyOfRange(all, 0, width);
                k[t] = Arrays.copyOfRange(all, width, 2 * width);
                v[t] = Arrays.copyOfRange(all, 2 * width, 3 * width);
            } else {
                q[t] = turned(linear(in, name + "self_attn.q_proj", true), name + "self_attn.q_norm", t);
                k[t] = turned(linear(in, name + "self_attn.k_proj", true), name + "self_attn.k_norm", t);
                v[t] = linear(in, name + "self_attn.v_proj", true);
            }
        }
        for (int t = 0; t < x.length; t++) {
            double[] out = new double[heads * headSize];
            for (int head = 0; head < heads; head++) {
                attend(out, q[t], k, v, t, head, layer);
            }
            add(x[t], gpt2 ? linear(out, name + "attn.c_proj", false) : linear(out, name + "self_attn.o_proj", true));
        }
    }

    private void attend(double[] out, double[] q, double[][] k, double[][] v, int t, int head, int layer) {
        int kvHead = head / (heads / kvHeads);
        double scale = config.path("scale_attn_weights").asBoolean(true) ? 1 / Math.sqrt(headSize) : 1;
        scale /= config.path("scale_attn_by_inverse_layer_idx").asBoolean(false) ? layer + 1 : 1;
        int window = window(layer);
        double[] weights = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
            double dot = 0;
            for (int d = 0; d < headSize; d++) {
                dot += q[head * headSize + d] * k[s][kvHead * headSize + d];
            }
            weights[s] = window > 0 && s <= t - window ? 0 : Math.exp(dot * scale);
            sum += weights[s];
        }
        for (int s = 0; s <= t; s++) {
            for (int d = 0; d < headSize; d++) {
                out[head * headSize + d] += weights[s] / sum * v[s][kvHead * headSize + d];
            }
        }
    }

    private int window(int layer) {
        String type = config.get("model_type").textValue();
        boolean qwen = type.startsWith("qwen");
        if (qwen && !config.path("use_sliding_window").asBoolean(false)) {
            return 0;
        }
        boolean slides =
                qwen ? layer >= config.path("max_window_layers").asInt(Integer.MAX_VALUE) : type.equals("mistral");
        if (config.has("layer_types")) {
            slides = config.get("layer_types").get(layer).textValue().startsWith("sliding");
        }
        return slides ? config.path("sliding_window").asInt(0) : 0;
    }

    private double[] turned(double[] x, String norm, int position) {
        double[] turned = new double[x.length];
        int half = headSize / 2;
        for (int head = 0; head < x.length / headSize; head++) {
            double[] one = Arrays.copyOfRange(x, head * headSize, (head + 1) * headSize);
            if (tensors.containsKey(norm + ".weight")) {
                one = norm(one, norm);
            }
            for (int i = 0; i < half; i++) {
                double angle = position * Math.pow(10000, -2.0 * i / headSize);
                turned[head * headSize + i] = one[i] * Math.cos(angle) - one[i + half] * Math.sin(angle);
                turned[head * headSize + i + half] = one[i + half] * Math.cos(angle) + one[i] * Math.sin(angle);
            }
        }
        return turned;
    }

    private double[] mlp(double[] x, int layer) {
        DoubleUnaryOperator activation = activation();
        if (gpt2) {
            String name = "transformer.h." + layer + ".";
            double[] in = linear(norm(x, name + "ln_2"), name + "mlp.c_fc", false);
            return linear(Arrays.stream(in).map(activation).toArray(), name + "mlp.c_proj", false);
        }
        String name = "model.layers." + layer + ".";
        double[] in = norm(x, name + "post_attention_layernorm");
        double[] gate = linear(in, name + "mlp.gate_proj", true);
        double[] up = linear(in, name + "mlp.up_proj", true);
        for (int i = 0; i < up.length; i++) {
            up[i] *= activation.applyAsDouble(gate[i]);
        }
        return linear(up, name + "mlp.down_proj", true);
    }

    private DoubleUnaryOperator activation() {
        String name = config.get(gpt2 ? "activation_function" : "hidden_act").textValue();
        return switch (name) {
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" ->
                x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case "gelu" -> x -> x * normalBelow(x);
            case "quick_gelu" -> x -> x / (1 + Math.exp(-1.702 * x));
            case "silu", "swish" -> x -> x / (1 + Math.exp(-x));
            case "relu" -> x -> Math.max(0, x);
            case "tanh" -> Math::tanh;
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The normal distribution, by its series. */
    private static double normalBelow(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= x * x / (2 * n + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    private double[] norm(double[] x, String name) {
        double epsilon =
                config.get(gpt2 ? "layer_norm_epsilon" : "rms_norm_eps").doubleValue();
        double mean = gpt2 ? Arrays.stream(x).average().orElseThrow() : 0;
        double variance =
                Arrays.stream(x).map(a -> (a - mean) * (a - mean)).average().orElseThrow();
        float[] weight = tensors.get(name + ".weight").floats();
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = (x[i] - mean) / Math.sqrt(variance + epsilon) * weight[i];
            out[i] += gpt2 ? tensors.get(name + ".bias").floats()[i] : 0;
        }
        return out;
    }

    private double[] linear(double[] x, String name, boolean outputFirst) {
        RawTensor weight = tensors.get(name + ".weight");
        float[] w = weight.floats();
        int outputs = (int) weight.shape()[outputFirst ? 0 : 1];
        RawTensor bias = tensors.get(name + ".bias");
        double[] out = new double[outputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < x.length; i++) {
                out[o] += x[i] * (outputFirst ? w[o * x.length + i] : w[i * outputs + o]);
            }
        }
        if (bias != null) {
            float[] b = bias.floats();
            for (int o = 0; o < outputs; o++) {
                out[o] += b[o];
            }
        }
        return out;
    }

    private double[] row(String name, int index) {
        float[] all = tensors.get(name + ".weight").floats();
        double[] row = new double[width];
        for (int i = 0; i < width; i++) {
            row[i] = all[index * width + i];
        }
        return row;
    }

    private static void add(double[] to, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }
}
