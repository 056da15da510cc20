package io.gondola.standalone.bench;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One load from its first to its last request: one thread that reads, and with a fixed rate another that sends, so that
 * an answer that is late does not delay the requests behind it (coordinated omission).
 */
final class LoadRun implements AutoCloseable {

    private static final int READ_BYTES = 256 * 1024;
    private static final long SELECT_MILLIS = 20;
    /** How long the last answers may take when a load has ended; then they are left. */
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long WAIT_FOR_IDLE_NANOS = 20_000;

    private final LoadPlan plan;
    private final LoadRecord record;
    private final Selector selector;
    private final byte[] buffer = new byte[READ_BYTES];
    private final Queue<LoadConnection> idle;
    private long sent;
    private int open;
    private volatile boolean isOver;

    LoadRun(LoadPlan plan) throws IOException {
        this.plan = plan;
        record = new LoadRecord(plan);
        selector = Selector.open();
        idle = plan.ratePerSecond() > 0 ? new ConcurrentLinkedQueue<>() : new ArrayDeque<>();
        List<byte[]> requests = new ArrayList<>();
        plan.requests().forEach(text -> requests.add(text.getBytes(StandardCharsets.UTF_8)));
        for (int i = 0; i < plan.connections(); i++) {
            int index = i % requests.size();
            idle.add(LoadConnection.open(plan.port(), index, requests.get(index), record, selector));
            open++;
        }
    }

    LoadResult run() throws IOException {
        long startCpuNanos = CpuTimes.ofProcess();
        JvmWork startJvm = JvmWork.now();
        long startNanos = System.nanoTime();
        long endNanos = startNanos + Math.round(plan.seconds() * 1e9);
        Thread pacer = new Thread(() -> pace(startNanos, endNanos), "gondola-bench-pacer");
        pacer.setDaemon(true);
        if (plan.ratePerSecond() > 0) {
            pacer.start();
        } else {
            sendAtOnce(startNanos);
        }
        long nowNanos = startNanos;
        while (open > 0 && nowNanos < endNanos && !isOver) {
            selector.select(this::read, SELECT_MILLIS);
            nowNanos = System.nanoTime();
        }
        isOver = true;
        LoadResult result = record.toResult(
                (nowNanos - startNanos) / 1e9,
                (CpuTimes.ofProcess() - startCpuNanos) / 1e9,
                JvmWork.now().since(startJvm));
        drain(nowNanos + DRAIN_NANOS);
        return result;
    }

    private void sendAtOnce(long nowNanos) throws IOException {
        for (LoadConnection connection = idle.poll(); connection != null; connection = idle.poll()) {
            sendNext(connection, nowNanos);
        }
    }

    /** Sends on a connection that was just answered, or closes it when the load is at its end. */
    private void sendNext(LoadConnection connection, long nowNanos) throws IOException {
        if (sent >= plan.requestsMax() || isOver) {
            connection.close();
            open--;
            return;
        }
        sent++;
        connection.send(nowNanos);
    }

    /** On a thread of its own: one request after another, each in its time. */
    private void pace(long startNanos, long endNanos) {
        try {
            for (long i = 0; i < plan.requestsMax() && !isOver; i++) {
                long dueNanos = startNanos + (long) (i * 1e9 / plan.ratePerSecond());
                if (dueNanos >= endNanos) {
                    return;
                }
                for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                LoadConnection connection = idle.poll();
                while (connection == null && !isOver) {
                    LockSupport.parkNanos(WAIT_FOR_IDLE_NANOS);
                    connection = idle.poll();
                }
                if (connection != null) {
                    connection.send(dueNanos);
                }
            }
        } catch (IOException lost) {
            // The reading thread sees the same connection end, and counts it.
            LockSupport.parkNanos(1);
        }
    }

    private void read(SelectionKey key) {
        LoadConnection connection = (LoadConnection) key.attachment();
        try {
            long nowNanos = System.nanoTime();
            if (connection.read(buffer, nowNanos)) {
                if (plan.ratePerSecond() > 0) {
                    idle.add(connection);
                } else {
                    sendNext(connection, nowNanos);
                }
            }
        } catch (IOException | IllegalStateException lost) {
            if (!isOver) {
                record.onFailure(String.valueOf(lost.getMessage()));
            }
            connection.close();
            open--;
        }
    }

    /** Lets short answers end well, so that the next load does not meet this one. */
    private void drain(long untilNanos) throws IOException {
        while (plan.ratePerSecond() == 0 && open > 0 && System.nanoTime() < untilNanos) {
            selector.select(this::read, SELECT_MILLIS);
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            ((LoadConnection) key.attachment()).close();
        }
        selector.close();
    }
}
