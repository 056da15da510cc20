package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.limits.GatewayLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TextPoolTest {

    @Test
    void refusesWhatDoesNotFitItsQueueAndTakesAgainAfterwards() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            TextPool pool = new TextPool(
                    vertx,
                    GatewayLimits.builder().textThreads(1).textQueueMax(2).build());
            CountDownLatch release = new CountDownLatch(1);
            Future<String> running = pool.tryRun(() -> {
                release.await();
                return Thread.currentThread().getName();
            });
            Future<Integer> first = pool.tryRun(() -> 1);
            Future<Integer> second = pool.tryRun(() -> 2);
            assertThat(pool.tryRun(() -> 3)).isNull();
            release.countDown();
            assertThat(GatewayHarness.await(running)).startsWith("gondola-text-");
            assertThat(GatewayHarness.await(first)).isEqualTo(1);
            assertThat(GatewayHarness.await(second)).isEqualTo(2);
            assertThat(pool.tryRun(() -> 4)).isNotNull();
        } finally {
            GatewayHarness.await(vertx.close());
        }
    }
}
