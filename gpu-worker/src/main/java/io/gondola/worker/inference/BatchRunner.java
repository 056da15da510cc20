package io.gondola.worker.inference;

import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import io.gondola.worker.engine.TensorEngine;
import io.gondola.worker.engine.UnfitInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Computes batches of one model. A request that makes the model fail fails alone: the batch is run again in halves, down
 * to the ones that fail by themselves. That is at most {@code 2n - 1} runs for a batch of {@code n}, and about {@code
 * 2 log2 n} for a single bad request.
 */
final class BatchRunner {

    /** What a batch came to. */
    record Outcome(List<InferenceResult> results, int runs, long runNanos) {
        Outcome {
            results = List.copyOf(results);
        }
    }

    private final TensorModel model;
    private final TensorEngine engine;
    private final Map<String, Double> padding;
    private final Map<String, String> unpadding;
    private final RunListener listener;
    private final LongSupplier nanoClock;

    /** Hears of every run of the engine. */
    interface RunListener {

        void onRun(RunTimes run);
    }

    /**
     * One run of the engine, and where its time went.
     *
     * @param requests that it computed; 0 when it failed
     * @param rows of them
     * @param inputNanos until their inputs were joined
     * @param inferNanos of the engine
     * @param outputNanos in which the outputs were taken apart
     */
    record RunTimes(int requests, long rows, long inputNanos, long inferNanos, long outputNanos) {
        long nanos() {
            return inputNanos + inferNanos + outputNanos;
        }
    }

    BatchRunner(
            TensorModel model,
            TensorEngine engine,
            Map<String, Double> padding,
            Map<String, String> unpadding,
            RunListener listener,
            LongSupplier nanoClock) {
        this.model = model;
        this.engine = engine;
        this.padding = padding;
        this.unpadding = unpadding;
        this.listener = listener;
        this.nanoClock = nanoClock;
    }

    /** One result for each request, in their order. */
    Outcome run(List<InferenceRequest> requests, List<Long> queueNanos) {
        Run run = new Run(requests, queueNanos);
        for (List<Integer> group : run.groups().values()) {
            run.compute(group);
        }
        return run.outcome();
    }

    /** One batch while it is computed. */
    private final class Run {

        private final List<InferenceRequest> requests;
        private final List<Long> queueNanos;
        private final @Nullable InferenceResult[] results;
        private int runs;
        private long runNanos;

        Run(List<InferenceRequest> requests, List<Long> queueNanos) {
            this.requests = requests;
            this.queueNanos = queueNanos;
            this.results = new InferenceResult[requests.size()];
        }

        /** Those that can be joined, by what they must have in common; what fits no signature has its answer now. */
        Map<String, List<Integer>> groups() {
            Map<String, List<Integer>> groups = new LinkedHashMap<>();
            for (int i = 0; i < requests.size(); i++) {
                InferenceRequest request = requests.get(i);
                Signature signature = model.trySignature(request.signature());
                boolean isBatched = model.batching().maxBatchSize() > 0;
                String wrong = signature == null
                        ? "model '" + request.model() + "' has no signature '" + request.signature() + "'"
                        : SignatureCheck.tryRefuse(request, signature, isBatched);
                if (wrong != null) {
                    fail(i, InferenceFailure.Kind.INVALID, wrong);
                } else {
                    String key = isBatched ? joinKey(request) : String.valueOf(i);
                    groups.computeIfAbsent(key, any -> new ArrayList<>()).add(i);
                }
            }
            return groups;
        }

        /** The scheduler put them together by the same rule, but maybe by older settings. */
        private String joinKey(InferenceRequest request) {
            StringBuilder key = new StringBuilder(request.signature()).append(request.outputs());
            for (Tensor input : request.inputs()) {
                long[] inner = input.shape().clone();
                Arrays.fill(inner, 0, padding.containsKey(input.name()) ? inner.length : Math.min(1, inner.length), 0);
                key.append(input.name()).append(Arrays.toString(inner));
            }
            return key.toString();
        }

        void compute(List<Integer> group) {
            try {
                computeTogether(group);
            } catch (EngineException | RuntimeException failure) {
                if (group.size() == 1) {
                    InferenceFailure.Kind kind = failure instanceof UnfitInputException
                            ? InferenceFailure.Kind.INVALID
                            : InferenceFailure.Kind.MODEL_FAILED;
                    fail(group.get(0), kind, String.valueOf(failure.getMessage()));
                } else {
                    int half = group.size() / 2;
                    compute(group.subList(0, half));
                    compute(group.subList(half, group.size()));
                }
            }
        }

        private void computeTogether(List<Integer> group) throws EngineException {
            List<InferenceRequest> together = group.stream().map(requests::get).toList();
            InferenceRequest first = together.get(0);
            Signature signature = model.trySignature(first.signature());
            if (signature == null) {
                throw new IllegalStateException("checked before");
            }
            List<String> outputs = first.outputs().isEmpty()
                    ? signature.outputs().stream().map(TensorSpec::name).toList()
                    : first.outputs();
            long rows = together.stream().mapToLong(InferenceRequest::rows).sum();
            List<List<Tensor>> split = timed(together, rows, signature.name(), outputs);
            for (int i = 0; i < group.size(); i++) {
                int index = group.get(i);
                results[index] = new InferenceResult(
                        requests.get(index).id(),
                        model.version(),
                        split.get(i),
                        null,
                        queueNanos.get(index),
                        runNanos,
                        rows);
            }
        }

        private List<List<Tensor>> timed(
                List<InferenceRequest> together, long rows, String signature, List<String> outputs)
                throws EngineException {
            BatchTensors tensors = new BatchTensors(together, padding, unpadding);
            long startNanos = nanoClock.getAsLong();
            long joinedNanos = startNanos;
            long computedNanos = startNanos;
            boolean isDone = false;
            try {
                List<JoinedInput> joined = tensors.join();
                joinedNanos = nanoClock.getAsLong();
                computedNanos = joinedNanos;
                List<Tensor> computed = engine.run(signature, joined, outputs);
                computedNanos = nanoClock.getAsLong();
                List<List<Tensor>> split = tensors.split(computed);
                isDone = true;
                return split;
            } finally {
                long endNanos = nanoClock.getAsLong();
                runs++;
                runNanos += endNanos - startNanos;
                listener.onRun(new RunTimes(
                        isDone ? together.size() : 0,
                        isDone ? rows : 0,
                        joinedNanos - startNanos,
                        computedNanos - joinedNanos,
                        endNanos - computedNanos));
            }
        }

        private void fail(int index, InferenceFailure.Kind kind, String message) {
            results[index] = new InferenceResult(
                    requests.get(index).id(),
                    model.version(),
                    List.of(),
                    new InferenceFailure(kind, message),
                    queueNanos.get(index),
                    runNanos,
                    requests.get(index).rows());
        }

        Outcome outcome() {
            List<InferenceResult> all = new ArrayList<>(results.length);
            for (InferenceResult result : results) {
                if (result == null) {
                    throw new IllegalStateException("a request without a result");
                }
                all.add(result);
            }
            return new Outcome(all, runs, runNanos);
        }
    }
}
