package io.gondola.worker.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.InferenceCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.gondola.worker.engine.onnx.OnnxFiles;
import io.gondola.worker.repository.ModelRepository;
import io.gondola.worker.repository.RepositoryException;
import io.gondola.worker.repository.TensorEngines;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker says of where its models come from. */
class RepositoryLoaderTest {

    private static final long WAIT_SECONDS = 60;

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<ToInferenceScheduler.ModelLoaded> announced = new LinkedBlockingQueue<>();
    private InferenceWorker worker;
    private RepositoryLoader loader;

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    @BeforeEach
    void start() throws Exception {
        await(vertx.eventBus()
                .<Buffer>consumer(Addresses.inferenceScheduler(), message -> note(message.body()))
                .completion());
        OnnxFiles.writeClassifier(directory.resolve("m/1/model.onnx"));
        worker = await(InferenceWorker.start(vertx, InferenceWorkerConfig.of("w"), new SimpleMeterRegistry()));
        loader = loaderOf(directory);
    }

    @AfterEach
    void stop() throws Exception {
        await(worker.close());
        await(vertx.close());
    }

    private RepositoryLoader loaderOf(Path repository) {
        return new RepositoryLoader(
                worker, new ModelRepository(repository), new TensorEngines(1), new SimpleMeterRegistry());
    }

    private void note(Buffer body) {
        try {
            if (InferenceCodec.decodeToScheduler(body) instanceof ToInferenceScheduler.ModelLoaded loaded) {
                announced.add(loaded);
            }
        } catch (WireFormatException malformed) {
            throw new AssertionError(malformed);
        }
    }

    /** Waits until it was said that a model comes from what an operator asked for then: it is said again and again. */
    private LoadOrigin awaitOrigin(long askedMillis) throws InterruptedException {
        while (true) {
            ToInferenceScheduler.ModelLoaded loaded = announced.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(loaded).as("an announcement").isNotNull();
            if (loaded.origin().askedMillis() == askedMillis) {
                return loaded.origin();
            }
        }
    }

    @Test
    void theSameFilesHaveTheSameFingerprintWhereverTheyLie() throws Exception {
        loader.load("m", "", 1);
        String first = awaitOrigin(1).fingerprint();
        Path elsewhere = directory.resolve("elsewhere");
        Files.createDirectories(elsewhere.resolve("m/1"));
        Files.copy(directory.resolve("m/1/model.onnx"), elsewhere.resolve("m/1/model.onnx"));
        loaderOf(elsewhere).load("m", "", 2);
        assertThat(awaitOrigin(2).fingerprint()).isEqualTo(first);
        Files.writeString(elsewhere.resolve("m/model.yaml"), "max_batch_size: 3");
        loaderOf(elsewhere).load("m", "", 3);
        assertThat(awaitOrigin(3).fingerprint()).as("other settings").isNotEqualTo(first);
        OnnxFiles.writeRowSums(directory.resolve("m/1/model.onnx"));
        loader.load("m", "", 4);
        assertThat(awaitOrigin(4).fingerprint()).as("another file").isNotEqualTo(first);
    }

    @Test
    void whatIsInServiceIsConfirmedWithTheSettingsThatWereAskedFor() throws Exception {
        loader.load("m", "", 0);
        loader.loadNow("m", "max_batch_size: 5", 100);
        assertThat(awaitOrigin(100).settings()).isEqualTo("max_batch_size: 5");
        assertThat(worker.models().get(0).batching().maxBatchSize()).isEqualTo(5);
        loader.load("m", "max_batch_size: 5", 200);
        assertThat(awaitOrigin(200).settings()).isEqualTo("max_batch_size: 5");
    }

    @Test
    void aLaterLoadCountsAsLaterThoughItsClockIsBehind() throws Exception {
        loader.loadNow("m", "max_batch_size: 5", 1_000);
        loader.loadNow("m", "", 7);
        assertThat(awaitOrigin(1_001).settings()).isEmpty();
    }

    @Test
    void whatCannotBeLoadedLeavesWhatThereWas() throws Exception {
        loader.loadNow("m", "max_batch_size: 5", 10);
        assertThatExceptionOfType(RepositoryException.class)
                .isThrownBy(() -> loader.loadNow("m", "max_batch: 5", 20))
                .withMessageContaining("max_batch");
        assertThat(worker.models().get(0).batching().maxBatchSize()).isEqualTo(5);
        loader.loadNow("m", "", 3);
        assertThat(awaitOrigin(11).settings()).isEmpty();
    }
}
