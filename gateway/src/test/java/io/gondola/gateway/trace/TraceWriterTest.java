package io.gondola.gateway.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The writer in front of a disk that does what it is told. */
class TraceWriterTest {

    private static final int BUFFER = 4;
    private static final long WAIT_SECONDS = 10;

    /** A disk: stuck until it is told to go on, full while it is told so. */
    private static final class OrderedDisk implements TraceSink {
        final StringBuilder written = new StringBuilder();
        final CountDownLatch reached = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        volatile boolean isFull;
        volatile boolean isClosed;

        @Override
        public void append(byte[] lines, int length) throws IOException {
            reached.countDown();
            try {
                if (!goOn.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("nobody told it to go on");
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            if (isFull) {
                throw new IOException("No space left on device");
            }
            synchronized (written) {
                written.append(new String(lines, 0, length, StandardCharsets.UTF_8));
            }
        }

        @Override
        public void close() {
            isClosed = true;
        }

        long lines() {
            synchronized (written) {
                return written.toString().lines().count();
            }
        }
    }

    private final OrderedDisk disk = new OrderedDisk();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final TraceWriter writer =
            new TraceWriter(disk, new TraceLines(Pseudonyms.drawn(), Instant.EPOCH, 0), BUFFER, registry);

    @AfterEach
    void close() {
        disk.goOn.countDown();
        writer.close();
    }

    private void record(int count) {
        for (int i = 0; i < count; i++) {
            writer.record(TraceRecords.of(i, "t"));
        }
    }

    private double counted(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    @Test
    void aSlowDiskCostsLinesAndNobodyWaits() throws Exception {
        record(1);
        assertThat(disk.reached.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        // One is with the disk and as many as the buffer holds wait; this thread would hang here if it had to wait too.
        record(BUFFER + 7);
        assertThat(counted("gondola.trace.dropped", "reason", "buffer")).isEqualTo(7);
        disk.goOn.countDown();
        writer.close();
        assertThat(disk.lines()).isEqualTo(1 + BUFFER);
        assertThat(counted("gondola.trace.written")).isEqualTo(1 + BUFFER);
        assertThat(disk.isClosed).isTrue();
    }

    @Test
    void aFullDiskCostsLinesUntilThereIsRoom() throws Exception {
        disk.isFull = true;
        disk.goOn.countDown();
        record(3);
        await(3, "gondola.trace.dropped", "reason", "disk");
        disk.isFull = false;
        record(2);
        writer.close();
        assertThat(disk.lines()).isEqualTo(2);
        assertThat(counted("gondola.trace.written")).isEqualTo(2);
        assertThat(counted("gondola.trace.dropped", "reason", "buffer")).isZero();
    }

    private void await(double value, String name, String... tags) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (counted(name, tags) != value) {
            assertThat(System.nanoTime()).as(name).isLessThan(endNanos);
            Thread.sleep(1);
        }
    }

    @Test
    void whatComesAfterTheEndIsCountedAsDropped() {
        disk.goOn.countDown();
        writer.close();
        record(2);
        assertThat(counted("gondola.trace.dropped", "reason", "buffer")).isEqualTo(2);
    }
}
