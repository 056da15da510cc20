package io.gondola.worker.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.TensorEngine;
import io.gondola.worker.engine.Values;
import io.gondola.worker.engine.onnx.OnnxEngine;
import io.gondola.worker.engine.onnx.OnnxFiles;
import io.gondola.worker.engine.onnx.OnnxOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches of real models: results to the right request, and failures alone. */
class BatchRunnerTest {

    private record Ran(int requests, long rows) {}

    @TempDir
    private Path directory;

    private final List<Ran> ran = new ArrayList<>();
    private TensorEngine engine;
    private long lastId;

    @AfterEach
    void closeTheEngine() {
        if (engine != null) {
            engine.close();
        }
    }

    private interface ModelWriter {
        void write(Path file) throws IOException;
    }

    private BatchRunner runner(ModelWriter writer, Map<String, Double> padding, Map<String, String> unpadding)
            throws IOException, EngineException {
        Path file = directory.resolve("model.onnx");
        writer.write(file);
        engine = OnnxEngine.load(file, OnnxOptions.DEFAULT);
        TensorModel model =
                new TensorModel("m", 3, engine.platform(), engine.signatures(), BatchingSettings.ofSize(64));
        return new BatchRunner(
                model, engine, padding, unpadding, run -> ran.add(new Ran(run.requests(), run.rows())), () -> 0);
    }

    private InferenceRequest request(Tensor... inputs) {
        return new InferenceRequest(
                new InferenceId(7, ++lastId),
                "gw",
                "m",
                3,
                "",
                List.of(inputs),
                List.of(),
                "",
                1,
                RequestClass.STANDARD,
                1_000_000,
                0);
    }

    private InferenceRequest lookup(long... ids) {
        float[] scale = new float[ids.length];
        Arrays.fill(scale, 2);
        return request(
                Values.longs("id", new long[] {ids.length}, ids),
                Values.floats("scale", new long[] {ids.length}, scale));
    }

    private static List<InferenceResult> run(BatchRunner runner, List<InferenceRequest> requests) {
        return runner.run(requests, Collections.nCopies(requests.size(), 5L)).results();
    }

    @Test
    void everyRequestGetsItsOwnRows() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeLookup, Map.of(), Map.of());
        List<InferenceRequest> requests = List.of(lookup(0), lookup(3, 1), lookup(2));
        List<InferenceResult> results = run(runner, requests);
        assertThat(results)
                .extracting(InferenceResult::id)
                .containsExactlyElementsOf(
                        requests.stream().map(InferenceRequest::id).toList());
        assertThat(results).allSatisfy(result -> {
            assertThat(result.version()).isEqualTo(3);
            assertThat(result.batchRows()).isEqualTo(4);
            assertThat(result.queueNanos()).isEqualTo(5);
        });
        assertThat(Values.floatsOf(results.get(0).outputs().get(0))).containsExactly(20);
        assertThat(Values.floatsOf(results.get(1).outputs().get(0))).containsExactly(80, 40);
        assertThat(Values.floatsOf(results.get(2).outputs().get(0))).containsExactly(60);
        assertThat(ran).containsExactly(new Ran(3, 4));
    }

    @Test
    void aRequestThatMakesTheModelFailFailsAlone() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeLookup, Map.of(), Map.of());
        for (int bad = 0; bad < 8; bad++) {
            List<InferenceRequest> requests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                requests.add(lookup(i == bad ? 99 : i % 4));
            }
            ran.clear();
            List<InferenceResult> results = run(runner, requests);
            for (int i = 0; i < 8; i++) {
                InferenceFailure failure = results.get(i).failure();
                if (i == bad) {
                    assertThat(failure).isNotNull();
                    assertThat(failure.kind()).isEqualTo(InferenceFailure.Kind.MODEL_FAILED);
                    assertThat(failure.message()).contains("out of data bounds");
                } else {
                    assertThat(failure).as("%d beside %d", i, bad).isNull();
                    assertThat(Values.floatsOf(results.get(i).outputs().get(0))).containsExactly((i % 4 + 1) * 20f);
                }
            }
            // Halves, quarters, ones: three of each kind, and the whole.
            assertThat(ran).hasSize(7);
        }
    }

    @Test
    void whereAllFailTheRunsAreBounded() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeLookup, Map.of(), Map.of());
        List<InferenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            requests.add(lookup(99));
        }
        assertThat(run(runner, requests))
                .allSatisfy(result -> assertThat(result.failure()).isNotNull());
        assertThat(ran).hasSize(2 * 16 - 1);
    }

    @Test
    void whatDoesNotFitTheModelIsToldAndSpoilsNothing() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeLookup, Map.of(), Map.of());
        Tensor ids = Values.longs("id", new long[] {1}, 1);
        List<InferenceResult> results = run(
                runner,
                List.of(
                        lookup(1),
                        request(ids),
                        request(ids, Values.longs("scale", new long[] {1}, 1)),
                        request(ids, Values.floats("scale", new long[] {1, 1}, 1)),
                        request(ids, Values.floats("scale", new long[] {2}, 1, 1)),
                        request(ids, Values.floats("weight", new long[] {1}, 1)),
                        lookup(2)));
        assertThat(ran).containsExactly(new Ran(2, 2));
        List<String> messages = results.stream()
                .map(InferenceResult::failure)
                .map(failure -> failure == null ? "" : failure.message())
                .toList();
        assertThat(messages.get(1)).contains("'scale' is missing");
        assertThat(messages.get(2)).contains("INT64").contains("FP32");
        assertThat(messages.get(3)).contains("shape").contains("[1, 1]");
        assertThat(messages.get(4)).contains("batch of 2");
        assertThat(messages.get(5)).contains("unexpected inference input 'weight'");
        assertThat(List.of(messages.get(0), messages.get(6))).containsOnly("");
    }

    @Test
    void stringsComeApartToo() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeGreeting, Map.of(), Map.of());
        List<InferenceResult> results = run(
                runner,
                List.of(
                        request(Values.texts("name", new long[] {2}, "a", "bb")),
                        request(Values.texts("name", new long[] {1}, "ccc"))));
        assertThat(Values.textsOf(results.get(0).outputs().get(0))).containsExactly("hello, a", "hello, bb");
        assertThat(Values.textsOf(results.get(1).outputs().get(0))).containsExactly("hello, ccc");
    }

    @Test
    void aStringThatTheModelCannotTakeIsTheClientsFaultAlone() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeGreeting, Map.of(), Map.of());
        Tensor notText = Tensor.ofStrings("name", new long[] {1}, new byte[][] {{(byte) 0xFF}});
        List<InferenceResult> results =
                run(runner, List.of(request(Values.texts("name", new long[] {1}, "a")), request(notText)));
        assertThat(Values.textsOf(results.get(0).outputs().get(0))).containsExactly("hello, a");
        assertThat(results.get(1).failure()).satisfies(failure -> {
            assertThat(failure.kind()).isEqualTo(InferenceFailure.Kind.INVALID);
            assertThat(failure.message()).contains("'name'").contains("UTF-8");
        });
    }

    @Test
    void otherLengthsArePaddedWhereTheModelSaysSo() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeRowSums, Map.of("x", 0.0), Map.of("twice", "x"));
        List<InferenceResult> results = run(
                runner,
                List.of(
                        request(Values.floats("x", new long[] {1, 3}, 1, 2, 3)),
                        request(Values.floats("x", new long[] {2, 1}, 4, 5)),
                        request(Values.floats("x", new long[] {1, 2}, 6, 7))));
        assertThat(ran).as("one run for all").containsExactly(new Ran(3, 4));
        assertThat(Values.floatsOf(results.get(0).outputs().get(0))).containsExactly(6);
        assertThat(Values.floatsOf(results.get(1).outputs().get(0))).containsExactly(4, 5);
        assertThat(Values.floatsOf(results.get(2).outputs().get(0))).containsExactly(13);
        assertThat(results.get(1).outputs().get(1).shape()).containsExactly(2, 1);
        assertThat(Values.floatsOf(results.get(1).outputs().get(1))).containsExactly(8, 10);
        assertThat(Values.floatsOf(results.get(2).outputs().get(1))).containsExactly(12, 14);
    }

    @Test
    void otherLengthsRunApartWhereItDoesNot() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeRowSums, Map.of(), Map.of());
        List<InferenceResult> results = run(
                runner,
                List.of(
                        request(Values.floats("x", new long[] {1, 2}, 1, 2)),
                        request(Values.floats("x", new long[] {1, 1}, 4)),
                        request(Values.floats("x", new long[] {1, 2}, 6, 7))));
        assertThat(ran).containsExactly(new Ran(2, 2), new Ran(1, 1));
        assertThat(Values.floatsOf(results.get(2).outputs().get(0))).containsExactly(13);
    }

    @Test
    void aRowIsTheSameAloneAndInABatch() throws IOException, EngineException {
        BatchRunner runner = runner(OnnxFiles::writeClassifier, Map.of(), Map.of());
        SplittableRandom random = new SplittableRandom(11);
        List<InferenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            requests.add(request(Values.floats(
                    "x", new long[] {1, 2}, (float) random.nextDouble(-3, 3), (float) random.nextDouble(-3, 3))));
        }
        List<InferenceResult> together = run(runner, requests);
        for (int i = 0; i < requests.size(); i++) {
            float[] alone = Values.floatsOf(
                    run(runner, List.of(requests.get(i))).get(0).outputs().get(0));
            assertThat(Values.floatsOf(together.get(i).outputs().get(0))).containsExactly(alone, within(1e-6f));
        }
    }
}
