package io.gondola.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RoleServiceTest {

    private static final class Counting extends RoleService {
        private final AtomicInteger ends = new AtomicInteger();

        Counting() {
            super(Command.WORKER, "worker-1");
        }

        @Override
        public void load() {
            // All is there.
        }

        @Override
        public String announcement() {
            return announcement(isLeaving() ? "leaving" : "ready", "http://127.0.0.1:1", "models: a, b");
        }

        @Override
        protected void leave() {
            ends.incrementAndGet();
        }
    }

    @Test
    void saysWhatItIsAndWhere() {
        assertThat(new Counting().announcement())
                .isEqualTo("Gondola worker is ready: http://127.0.0.1:1 (models: a, b; node worker-1)");
    }

    @Test
    void endsOnceWhoeverAsks() throws Exception {
        Counting service = new Counting();
        CountDownLatch go = new CountDownLatch(1);
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                try {
                    go.await();
                } catch (InterruptedException interrupted) {
                    return;
                }
                service.close();
            });
            threads[i].start();
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(20));
        }
        assertThat(service.ends).hasValue(1);
        assertThat(service.announcement()).contains("is leaving");
    }
}
