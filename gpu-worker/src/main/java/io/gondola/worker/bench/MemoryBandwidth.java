package io.gondola.worker.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How fast this machine's memory can be read: every thread adds up an array of its own, all at the same time, as in the
 * STREAM benchmark's spirit but without writing. The best of several rounds counts, since others disturb but never help.
 */
final class MemoryBandwidth {

    /** All arrays together; more than most caches hold. */
    private static final long BYTES = 1L << 30;

    private static final int ROUNDS = 8;

    private MemoryBandwidth() {}

    /** Bytes a second, read by so many threads. */
    static double bytesPerSecond(int threads) {
        long bytes = Math.min(BYTES, Runtime.getRuntime().maxMemory() / 4);
        int length = (int) Math.min(Integer.MAX_VALUE / 2, bytes / threads / Long.BYTES);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            CyclicBarrier together = new CyclicBarrier(threads);
            List<Callable<long[]>> readers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                readers.add(() -> roundNanos(new long[length], together));
            }
            double best = 0;
            List<long[]> spans = results(pool.invokeAll(readers));
            for (int round = 0; round < ROUNDS; round++) {
                long begin = Long.MAX_VALUE;
                long end = Long.MIN_VALUE;
                for (long[] span : spans) {
                    begin = Math.min(begin, span[2 * round]);
                    end = Math.max(end, span[2 * round + 1]);
                }
                best = Math.max(best, (double) length * Long.BYTES * threads * 1e9 / Math.max(1, end - begin));
            }
            return best;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring the memory", e);
        } finally {
            pool.shutdownNow();
        }
    }

    private static List<long[]> results(List<Future<long[]>> futures) throws InterruptedException {
        List<long[]> results = new ArrayList<>();
        for (Future<long[]> future : futures) {
            try {
                results.add(future.get());
            } catch (ExecutionException e) {
                throw new IllegalStateException("the memory could not be measured", e.getCause());
            }
        }
        return results;
    }

    /** Begin and end of each round. */
    private static long[] roundNanos(long[] numbers, CyclicBarrier together)
            throws InterruptedException, BrokenBarrierException {
        Arrays.fill(numbers, 1); // Untouched memory may be one page of zeros.
        long[] spans = new long[2 * ROUNDS];
        long sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            together.await();
            spans[2 * round] = System.nanoTime();
            sum += sum(numbers);
            spans[2 * round + 1] = System.nanoTime();
        }
        if (sum != (long) numbers.length * ROUNDS) {
            throw new IllegalStateException("the memory does not hold what was written");
        }
        return spans;
    }

    /** In four sums, so that no addition waits for the one before it. */
    private static long sum(long[] numbers) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        int i = 0;
        for (; i + 3 < numbers.length; i += 4) {
            a += numbers[i];
            b += numbers[i + 1];
            c += numbers[i + 2];
            d += numbers[i + 3];
        }
        for (; i < numbers.length; i++) {
            a += numbers[i];
        }
        return a + b + c + d;
    }
}
