package io.gondola.gateway.trace;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a trace on a thread of its own, behind a bounded buffer. A disk that is slow or full costs lines, which are
 * counted, and nothing else.
 */
public final class TraceWriter implements TraceRecorder {

    private static final Logger LOG = LoggerFactory.getLogger(TraceWriter.class);

    /** Lines are written together up to about this size. */
    private static final int BATCH_BYTES = 65_536;

    private static final long IDLE_MILLIS = 200;
    private static final long CLOSE_MILLIS_MAX = 5_000;
    private static final long COMPLAINT_PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final TraceSink sink;
    private final TraceLines lines;
    private final BlockingQueue<TraceRecord> buffer;
    private final Counter written;
    private final Counter droppedForBuffer;
    private final Counter droppedForDisk;
    private final Thread thread;
    private byte[] batch = new byte[BATCH_BYTES];
    private int batchBytes;
    private int batchLines;
    private long complainAfterNanos = System.nanoTime();
    private volatile boolean isClosing;

    /** Begins a file and the thread. @throws IOException saying, in one line, why the file cannot be written */
    public static TraceWriter start(TraceConfig config, MeterRegistry registry) throws IOException {
        TraceLines lines = new TraceLines(Pseudonyms.drawn(), Instant.now(), System.nanoTime());
        return new TraceWriter(TraceFile.open(config, lines.header()), lines, config.bufferRecordsMax(), registry);
    }

    TraceWriter(TraceSink sink, TraceLines lines, int bufferRecordsMax, MeterRegistry registry) {
        this.sink = sink;
        this.lines = lines;
        buffer = new ArrayBlockingQueue<>(bufferRecordsMax);
        written = Counter.builder("gondola.trace.written")
                .description("Requests written to the trace")
                .register(registry);
        droppedForBuffer = dropped(registry, "buffer");
        droppedForDisk = dropped(registry, "disk");
        thread = new Thread(this::run, "gondola-trace");
        thread.setDaemon(true);
        thread.start();
    }

    private static Counter dropped(MeterRegistry registry, String reason) {
        return Counter.builder("gondola.trace.dropped")
                .description("Requests missing in the trace: the buffer was full, or the disk failed")
                .tag("reason", reason)
                .register(registry);
    }

    @Override
    public boolean isOn() {
        return true;
    }

    @Override
    public void record(TraceRecord ended) {
        if (isClosing || !buffer.offer(ended)) {
            droppedForBuffer.increment();
        }
    }

    @Override
    public void close() {
        isClosing = true;
        try {
            thread.join(CLOSE_MILLIS_MAX);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (sink) {
            while (!isClosing || !buffer.isEmpty()) {
                TraceRecord next = buffer.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
                while (next != null) {
                    add(lines.of(next));
                    next = batchBytes < BATCH_BYTES ? buffer.poll() : null;
                }
                writeBatch();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IOException failure) {
            LOG.warn("the trace could not be closed: {}", failure.toString());
        }
    }

    private void add(byte[] line) {
        if (batchBytes + line.length > batch.length) {
            batch = Arrays.copyOf(batch, Math.max(batch.length * 2, batchBytes + line.length));
        }
        System.arraycopy(line, 0, batch, batchBytes, line.length);
        batchBytes += line.length;
        batchLines++;
    }

    private void writeBatch() {
        if (batchLines == 0) {
            return;
        }
        try {
            sink.append(batch, batchBytes);
            written.increment(batchLines);
        } catch (IOException failure) {
            droppedForDisk.increment(batchLines);
            long nowNanos = System.nanoTime();
            if (nowNanos - complainAfterNanos >= 0) {
                complainAfterNanos = nowNanos + COMPLAINT_PERIOD_NANOS;
                LOG.warn("the trace cannot be written, its lines are dropped: {}", failure.toString());
            }
        }
        batchBytes = 0;
        batchLines = 0;
    }
}
