package io.gondola.worker.engine.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Values;
import io.gondola.worker.repository.ModelSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxEngineTest {

    private static final String SIGNATURE = "serving_default";

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("model.onnx");
    }

    private static OnnxEngine load(Path file) throws EngineException {
        return OnnxEngine.load(file, OnnxOptions.DEFAULT);
    }

    @Test
    void aClassifierSaysWhatItTakesAndGivesProbabilities() throws IOException, EngineException {
        OnnxFiles.writeClassifier(file());
        try (OnnxEngine engine = load(file())) {
            assertThat(engine.signatures()).singleElement().satisfies(signature -> {
                assertThat(signature.inputs())
                        .containsExactly(new TensorSpec("x", Datatype.FP32, new long[] {TensorSpec.ANY, 2}));
                assertThat(signature.outputs())
                        .containsExactly(
                                new TensorSpec("probabilities", Datatype.FP32, new long[] {TensorSpec.ANY, 3}));
            });
            Tensor first = Values.floats("x", new long[] {1, 2}, 0, 0);
            Tensor second = Values.floats("x", new long[] {2, 2}, 3, 0, 0, 3);
            Tensor output = engine.run(SIGNATURE, List.of(Values.joined(first, second)), List.of("probabilities"))
                    .get(0);
            assertThat(output.shape()).containsExactly(3, 3);
            float[] values = Values.floatsOf(output);
            assertThat(values[0] + values[1] + values[2]).isCloseTo(1, within(1e-5f));
            // softmax(0, 0.5, 0)
            assertThat(values[1]).isCloseTo((float) (Math.exp(0.5) / (2 + Math.exp(0.5))), within(1e-5f));
            assertThat(values[3]).isGreaterThan(values[4]);
        }
    }

    @Test
    void firstDimensionsOfDifferentNamesAreNoBatch() throws IOException, EngineException {
        OnnxFiles.writeClassifier(file());
        try (OnnxEngine engine = load(file())) {
            assertThat(engine.mayHaveBatchDimension()).isTrue();
        }
        OnnxFiles.writeDistinct(file());
        try (OnnxEngine engine = load(file())) {
            assertThat(engine.mayHaveBatchDimension()).isFalse();
            assertThat(ModelSettings.DEFAULT
                            .batchingOf(engine.signatures(), engine.mayHaveBatchDimension())
                            .maxBatchSize())
                    .isZero();
        }
    }

    @Test
    void inputsOfDifferentTypesAndADynamicDimension() throws IOException, EngineException {
        OnnxFiles.writeLookup(file());
        try (OnnxEngine engine = load(file())) {
            Tensor output = engine.run(
                            SIGNATURE,
                            List.of(
                                    Values.joined(Values.longs("id", new long[] {2}, 3, 0)),
                                    Values.joined(Values.floats("scale", new long[] {2}, 1, 0.5f))),
                            List.of("y"))
                    .get(0);
            assertThat(Values.floatsOf(output)).containsExactly(40, 5);
        }
        OnnxFiles.writeRowSums(file());
        try (OnnxEngine engine = load(file())) {
            for (int length : new int[] {1, 3}) {
                Tensor x = Values.floats("x", new long[] {2, length}, new float[2 * length]);
                List<Tensor> outputs = engine.run(SIGNATURE, List.of(Values.joined(x)), List.of("twice", "sum"));
                assertThat(outputs).extracting(Tensor::name).containsExactly("twice", "sum");
                assertThat(outputs.get(0).shape()).containsExactly(2, length);
            }
        }
    }

    @Test
    void strings() throws IOException, EngineException {
        OnnxFiles.writeGreeting(file());
        try (OnnxEngine engine = load(file())) {
            Tensor names = Values.texts("name", new long[] {3}, "Größe", "", "模型");
            Tensor output = engine.run(SIGNATURE, List.of(Values.joined(names)), List.of("greeting"))
                    .get(0);
            assertThat(Values.textsOf(output)).containsExactly("hello, Größe", "hello, ", "hello, 模型");
            Tensor noText = Tensor.ofStrings("name", new long[] {1}, new byte[][] {{(byte) 0xFF}});
            assertThatExceptionOfType(EngineException.class)
                    .isThrownBy(() -> engine.run(SIGNATURE, List.of(Values.joined(noText)), List.of("greeting")))
                    .withMessageContaining("UTF-8");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BYTES")
    void numbersOfEveryDatatypeGoInAndOutBitByBit(Datatype datatype) throws IOException, EngineException {
        OnnxFiles.writeIdentity(file(), datatype);
        byte[] data = new byte[2 * 2 * datatype.bytes()];
        for (int i = 0; i < data.length; i++) {
            data[i] = datatype == Datatype.BOOL ? (byte) (i % 2) : (byte) (200 + i);
        }
        try (OnnxEngine engine = load(file())) {
            Tensor x = new Tensor("x", datatype, new long[] {2, 2}, data);
            for (int run = 0; run < 2; run++) {
                Tensor y = engine.run(SIGNATURE, List.of(Values.joined(x)), List.of("y"))
                        .get(0);
                assertThat(y.datatype()).isEqualTo(datatype);
                assertThat(y.shape()).containsExactly(2, 2);
                assertThat(y.data()).isEqualTo(data);
            }
        }
    }

    @Test
    void weightsInBytesWithInputsQuantisedAsTheyCome() throws IOException, EngineException {
        OnnxFiles.writeQuantized(file());
        try (OnnxEngine engine = load(file())) {
            Tensor x = Values.floats("x", new long[] {1, 2}, 1, -1);
            Tensor y = engine.run(SIGNATURE, List.of(Values.joined(x)), List.of("y"))
                    .get(0);
            float[] values = Values.floatsOf(y);
            // W is [[1, -0.5], [0.25, 1.27]]; a byte of x is 2/255.
            assertThat(values[0]).isCloseTo(0.75f, within(0.02f));
            assertThat(values[1]).isCloseTo(-1.77f, within(0.02f));
        }
    }

    @Test
    void whatTheModelCannotComputeIsAnEngineException() throws IOException, EngineException {
        OnnxFiles.writeLookup(file());
        try (OnnxEngine engine = load(file())) {
            assertThatExceptionOfType(EngineException.class)
                    .isThrownBy(() -> engine.run(
                            SIGNATURE,
                            List.of(
                                    Values.joined(Values.longs("id", new long[] {1}, 99)),
                                    Values.joined(Values.floats("scale", new long[] {1}, 1))),
                            List.of("y")))
                    .withMessageContaining("out of data bounds");
        }
    }

    @Test
    void everyOptimisationLevelGivesTheSame() throws IOException, EngineException {
        OnnxFiles.writeClassifier(file());
        Tensor x = Values.floats("x", new long[] {1, 2}, 0.3f, -2);
        float[] expected = null;
        for (OnnxOptions.Optimization level : OnnxOptions.Optimization.values()) {
            OnnxOptions options = new OnnxOptions(List.of(OnnxOptions.Provider.CPU), level, 1);
            try (OnnxEngine engine = OnnxEngine.load(file(), options)) {
                float[] values =
                        Values.floatsOf(engine.run(SIGNATURE, List.of(Values.joined(x)), List.of("probabilities"))
                                .get(0));
                expected = expected == null ? values : expected;
                assertThat(values).as(level.name()).containsExactly(expected, within(1e-6f));
            }
        }
    }

    @Test
    void aProviderThatIsNotThereIsNamed() throws IOException {
        OnnxFiles.writeClassifier(file());
        OnnxOptions cuda = new OnnxOptions(
                List.of(OnnxOptions.Provider.CUDA, OnnxOptions.Provider.CPU), OnnxOptions.Optimization.ALL, 1);
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> OnnxEngine.load(file(), cuda))
                .withMessageContaining("cuda");
    }

    @Test
    void aFileThatIsNoModelIsNamed() throws IOException {
        Files.writeString(file(), "no model");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> load(file()))
                .withMessageContaining("model.onnx");
    }
}
