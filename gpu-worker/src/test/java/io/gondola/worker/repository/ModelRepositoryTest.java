package io.gondola.worker.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.worker.engine.onnx.OnnxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRepositoryTest {

    @TempDir
    private Path directory;

    private void touch(String file) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, "");
    }

    private ModelSettings settings(String yaml) throws IOException, RepositoryException {
        Files.createDirectories(directory.resolve("m"));
        Files.writeString(directory.resolve("m/model.yaml"), yaml);
        return new ModelRepository(directory).settings("m");
    }

    @Test
    void modelsAreDirectoriesAndVersionsNumbersInThem() throws IOException, RepositoryException {
        touch("a/1/saved_model.pb");
        touch("a/2/saved_model.pb");
        touch("a/10/model.onnx");
        touch("a/11/notes.txt");
        touch("a/latest/model.onnx");
        touch("a/007/model.onnx");
        touch("b/model.onnx");
        touch(".git/x");
        touch("README");
        ModelRepository repository = new ModelRepository(directory);
        assertThat(repository.names()).containsExactly("a", "b");
        assertThat(repository.served("a", VersionPolicy.ALL)).containsOnlyKeys(1L, 2L, 10L);
        assertThat(repository.served("a", VersionPolicy.LATEST)).containsOnlyKeys(10L);
        assertThat(repository.served("b", VersionPolicy.LATEST))
                .containsEntry(1L, directory.resolve("b"))
                .hasSize(1);
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        touch("empty/x");
        ModelRepository repository = new ModelRepository(directory);
        assertThatExceptionOfType(RepositoryException.class)
                .isThrownBy(() -> repository.served("empty", VersionPolicy.LATEST))
                .withMessageContaining("empty")
                .withMessageContaining("saved_model.pb");
        assertThatExceptionOfType(RepositoryException.class)
                .isThrownBy(() -> repository.served("none", VersionPolicy.LATEST))
                .withMessageContaining("no model 'none'");
        for (String name : new String[] {"../empty", "", ".", "a/b"}) {
            assertThatExceptionOfType(RepositoryException.class).as(name).isThrownBy(() -> repository.settings(name));
            assertThat(repository.has(name)).as(name).isFalse();
        }
    }

    @Test
    void settingsHaveTritonsKeys() throws IOException, RepositoryException {
        ModelSettings settings = settings("""
                max_batch_size: 32
                dynamic_batching:
                  preferred_batch_size: [8, 16]
                  max_queue_delay_microseconds: 500
                  default_queue_policy:
                    timeout_action: delay
                    default_timeout_microseconds: 2000
                    allow_timeout_override: true
                    max_queue_size: 10
                  priority_queue_policy:
                    batch: {max_queue_size: 3}
                instance_count: 2
                version_policy: {specific: [1, 3]}
                padding: {ids: 0}
                unpad: {hidden: ids}
                onnx: {providers: [tensorrt, cuda, cpu], optimization: basic, threads: 4}
                """);
        assertThat(settings.maxBatchSize()).isEqualTo(32);
        assertThat(settings.preferredBatchSizes()).containsExactly(8, 16);
        assertThat(settings.maxQueueDelayNanos()).isEqualTo(500_000);
        assertThat(settings.queuePolicies().get(RequestClass.STANDARD.ordinal()))
                .isEqualTo(new QueuePolicy(10, QueuePolicy.TimeoutAction.DELAY, 2_000_000, true));
        assertThat(settings.queuePolicies().get(RequestClass.BATCH.ordinal()).maxQueueSize())
                .isEqualTo(3);
        assertThat(settings.instanceCount()).isEqualTo(2);
        assertThat(settings.versions().versions()).containsExactly(1L, 3L);
        assertThat(settings.padding()).containsEntry("ids", 0.0);
        assertThat(settings.unpadding()).containsEntry("hidden", "ids");
        assertThat(settings.onnx().providers())
                .containsExactly(OnnxOptions.Provider.TENSORRT, OnnxOptions.Provider.CUDA, OnnxOptions.Provider.CPU);
        assertThat(settings.onnx().optimization()).isEqualTo(OnnxOptions.Optimization.BASIC);
    }

    @Test
    void withoutAFileTheDefaultsHold() throws IOException, RepositoryException {
        touch("m/1/model.onnx");
        assertThat(new ModelRepository(directory).settings("m")).isSameAs(ModelSettings.DEFAULT);
        assertThat(settings("")).isSameAs(ModelSettings.DEFAULT);
        assertThat(settings("instance_count: 1").maxQueueDelayNanos()).isEqualTo(2_000_000);
    }

    @Test
    void aWrongKeyOrValueIsNamed() {
        String[][] cases = {
            {"max_batchsize: 3", "unknown key max_batchsize"},
            {"dynamic_batching: {delay: 3}", "unknown key dynamic_batching.delay"},
            {"dynamic_batching: {default_queue_policy: {max: 3}}", "dynamic_batching.default_queue_policy.max"},
            {"max_batch_size: many", "max_batch_size: expected a whole number"},
            {"max_batch_size: -1", "max_batch_size: expected a whole number"},
            {"instance_count: 0", "instance_count: expected a whole number from 1"},
            {"dynamic_batching: 7", "dynamic_batching: expected keys and values"},
            {"dynamic_batching: {default_queue_policy: {timeout_action: wait}}", "expected one of reject, delay"},
            {"version_policy: {latest: 2, all: true}", "expected one of latest, all and specific"},
            {"onnx: {providers: [rocm]}", "expected one of cpu, cuda, tensorrt"},
            {"padding: {x: zero}", "padding.x: expected a number"},
            {"[1, 2]", "expected keys and values"},
            {"a: [", "no YAML"},
        };
        for (String[] each : cases) {
            assertThatExceptionOfType(RepositoryException.class)
                    .as(each[0])
                    .isThrownBy(() -> settings(each[0]))
                    .withMessageContaining("model.yaml")
                    .withMessageContaining(each[1]);
        }
    }

    @Test
    void aFingerprintChangesWithTheFilesAndTheSettings() throws IOException, RepositoryException {
        touch("m/1/model.onnx");
        ModelRepository repository = new ModelRepository(directory);
        Path version = directory.resolve("m/1");
        String first = repository.fingerprint("m", version);
        assertThat(repository.fingerprint("m", version)).isEqualTo(first);
        settings("instance_count: 1");
        String second = repository.fingerprint("m", version);
        assertThat(second).isNotEqualTo(first);
        Files.writeString(version.resolve("model.onnx"), "other");
        assertThat(repository.fingerprint("m", version)).isNotEqualTo(second);
    }
}
