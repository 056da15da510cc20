package io.gondola.worker.engine.tensorflow.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedModelEngineTest {

    private static final int THREADS = 1;

    @TempDir
    private Path directory;

    @Test
    void aModelWithAVariableAndTwoSignatures() throws IOException, EngineException {
        SavedModels.writeClassifier(directory, 2);
        try (SavedModelEngine engine = SavedModelEngine.load(directory, THREADS)) {
            assertThat(engine.signatures()).extracting(Signature::name).containsExactly("serving_default", "raw");
            assertThat(engine.signatures().get(0).inputs())
                    .containsExactly(new TensorSpec("x", Datatype.FP32, new long[] {TensorSpec.ANY, 2}));
            Tensor first = Values.floats("x", new long[] {1, 2}, 1, 2);
            Tensor second = Values.floats("x", new long[] {1, 2}, 3, 0);
            Tensor logits = engine.run("raw", List.of(Values.joined(first, second)), List.of("logits"))
                    .get(0);
            assertThat(logits.shape()).containsExactly(2, 2);
            assertThat(Values.floatsOf(logits)).containsExactly(2, 2, 6, 0);
            Tensor probabilities = engine.run(
                            "serving_default", List.of(Values.joined(first)), List.of("probabilities"))
                    .get(0);
            assertThat(Values.floatsOf(probabilities)).containsExactly(new float[] {0.5f, 0.5f}, within(1e-6f));
        }
    }

    @Test
    void inputsOfDifferentTypes() throws IOException, EngineException {
        SavedModels.writeLookup(directory);
        try (SavedModelEngine engine = SavedModelEngine.load(directory, THREADS)) {
            Tensor y = engine.run(
                            "serving_default",
                            List.of(
                                    Values.joined(Values.longs("id", new long[] {2}, 1, 3)),
                                    Values.joined(Values.floats("scale", new long[] {2}, 2, 0.5f))),
                            List.of("y"))
                    .get(0);
            assertThat(Values.floatsOf(y)).containsExactly(40, 20);
        }
    }

    @Test
    void strings() throws IOException, EngineException {
        SavedModels.writeGreeting(directory);
        try (SavedModelEngine engine = SavedModelEngine.load(directory, THREADS)) {
            Tensor names = Values.texts("name", new long[] {2}, "Größe", "");
            Tensor greeting = engine.run("serving_default", List.of(Values.joined(names)), List.of("greeting"))
                    .get(0);
            assertThat(Values.textsOf(greeting)).containsExactly("hello, Größe", "hello, ");
        }
    }

    @Test
    void whatTheModelCannotComputeIsAnEngineException() throws IOException, EngineException {
        SavedModels.writeLookup(directory);
        try (SavedModelEngine engine = SavedModelEngine.load(directory, THREADS)) {
            assertThatExceptionOfType(EngineException.class)
                    .isThrownBy(() -> engine.run(
                            "serving_default",
                            List.of(
                                    Values.joined(Values.longs("id", new long[] {1}, 99)),
                                    Values.joined(Values.floats("scale", new long[] {1}, 1))),
                            List.of("y")))
                    .withMessageContaining("99");
        }
    }

    @Test
    void anEmptyBatchIsComputedToo() throws IOException, EngineException {
        SavedModels.writeLookup(directory);
        try (SavedModelEngine engine = SavedModelEngine.load(directory, THREADS)) {
            Tensor y = engine.run(
                            "serving_default",
                            List.of(
                                    Values.joined(Values.longs("id", new long[] {0})),
                                    Values.joined(Values.floats("scale", new long[] {0}))),
                            List.of("y"))
                    .get(0);
            assertThat(y.shape()).containsExactly(0);
        }
    }

    @Test
    void aDirectoryThatIsNoModelIsNamed() throws IOException {
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> SavedModelEngine.load(directory, THREADS))
                .withMessageContaining("saved_model.pb");
        Files.writeString(directory.resolve(SavedModelEngine.MODEL_FILE), "no model");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> SavedModelEngine.load(directory, THREADS))
                .withMessageContaining(directory.toString());
    }
}
