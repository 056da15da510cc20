package io.gondola.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToScheduler.WorkerLeft;
import io.gondola.protocol.ToScheduler.WorkerLoading;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.worker.engine.LoadProgress;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The notice over a real event bus, with the test in the place of the schedulers. */
@Timeout(30)
class LoadingNoticeTest {

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<ToScheduler> heard = new LinkedBlockingQueue<>();

    @BeforeEach
    void listen() throws Exception {
        for (String model : List.of("a", "b")) {
            vertx.eventBus()
                    .<Buffer>consumer(Addresses.scheduler(model), message -> {
                        try {
                            heard.add(WireCodec.decodeToScheduler(message.body()));
                        } catch (Exception broken) {
                            throw new AssertionError(broken);
                        }
                    })
                    .completion()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        }
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private <T extends ToScheduler> T next(Class<T> kind, String model) throws InterruptedException {
        while (true) {
            ToScheduler message = heard.poll(20, TimeUnit.SECONDS);
            assertThat(message).as("nothing was heard").isNotNull();
            boolean isAboutIt = message instanceof WorkerLoading loading
                            && loading.model().equals(model)
                    || message instanceof WorkerLeft left && left.model().equals(model);
            if (kind.isInstance(message) && isAboutIt) {
                return kind.cast(message);
            }
        }
    }

    @Test
    void everySchedulerIsToldAtOnceAndHowFarItIsFromThenOn() throws Exception {
        LoadingNotice notice = new LoadingNotice(vertx, "w", List.of("a", "b"), 5);
        assertThat(next(WorkerLoading.class, "a")).isEqualTo(new WorkerLoading("w", "a", 0, 0));
        assertThat(next(WorkerLoading.class, "b")).isEqualTo(new WorkerLoading("w", "b", 0, 0));
        LoadProgress progress = notice.progressOf("b");
        progress.onProgress(0, 200);
        progress.onProgress(150, 200);
        WorkerLoading loading = next(WorkerLoading.class, "b");
        while (loading.progressPercent() == 0) {
            loading = next(WorkerLoading.class, "b");
        }
        assertThat(loading.progressPercent()).isEqualTo(75);
        assertThat(loading.remainingMillis()).isNotNegative();
        assertThat(next(WorkerLoading.class, "a").progressPercent())
                .as("each by itself")
                .isZero();
        notice.close();
    }

    @Test
    void aNewOwnerIsToldAtOnceAndAnOldOneInItsTime() throws Exception {
        LoadingNotice notice = new LoadingNotice(vertx, "w", List.of("a"), 60_000);
        next(WorkerLoading.class, "a");
        for (long epoch : new long[] {7, 7, 8, 7}) {
            vertx.eventBus().publish(Addresses.ownerAlive("a"), WireCodec.encode(new OwnerAlive("a", epoch)));
        }
        next(WorkerLoading.class, "a");
        next(WorkerLoading.class, "a");
        notice.onFailed();
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isInstanceOf(WorkerLeft.class);
    }

    @Test
    void whenLoadingFailsNobodyIsToWait() throws Exception {
        LoadingNotice notice = new LoadingNotice(vertx, "w", List.of("a", "b"), 60_000);
        notice.onFailed();
        assertThat(next(WorkerLeft.class, "a").workerId()).isEqualTo("w");
        assertThat(next(WorkerLeft.class, "b").workerId()).isEqualTo("w");
    }

    @Test
    void aModelThatWasNotNamedTellsNobody() {
        LoadingNotice notice = LoadingNotice.start(vertx, "w", List.of("a"));
        assertThat(notice.progressOf("c")).isSameAs(LoadProgress.NONE);
        notice.close();
    }
}
