package io.gondola.worker.engine.onnx;

import java.util.List;
import java.util.Locale;

/**
 * How ONNX Runtime runs a model.
 *
 * @param providers what computes, most wanted first; an operator that one cannot compute goes to the next
 * @param optimization how much the graph is rewritten before it runs
 * @param threads inside one operator; 0 takes all processors
 */
public record OnnxOptions(List<Provider> providers, Optimization optimization, int threads) {

    /** On the processor, everything optimised, all processors. */
    public static final OnnxOptions DEFAULT = new OnnxOptions(List.of(Provider.CPU), Optimization.ALL, 0);

    /** What computes. */
    public enum Provider {
        CPU,
        /** Needs the {@code onnxruntime_gpu} jar and CUDA. */
        CUDA,
        /** Needs the {@code onnxruntime_gpu} jar, CUDA and TensorRT. */
        TENSORRT;

        /** As it stands in a configuration. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How much the graph is rewritten. */
    public enum Optimization {
        NONE,
        BASIC,
        EXTENDED,
        ALL
    }

    public OnnxOptions {
        providers = List.copyOf(providers);
        if (providers.isEmpty() || threads < 0) {
            throw new IllegalArgumentException(providers.size() + " providers, " + threads + " threads");
        }
    }
}
