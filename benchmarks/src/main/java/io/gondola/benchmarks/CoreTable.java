package io.gondola.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

/**
 * The table of docs/scale.md: what an event of {@link CoreBenchmark} takes, by length of the queue and number of workers,
 * in processor time of the whole process, garbage collection included. Unlike time on the wall, that hardly depends on
 * what else the machine does; of some rounds the median counts.
 */
public final class CoreTable {

    private static final int[] QUEUED = {1_000, 10_000, 100_000, 1_000_000};
    private static final int[] WORKERS = {10, 100, 1_000, 10_000};
    /** Until then the heap grows, and the kernel's time for pages that are touched for the first time would count. */
    private static final int WARM_UP_ROUNDS = 8;

    private static final int ROUNDS = 5;
    private static final int TENS_PER_ROUND = 100_000;
    private static final double MEBIBYTE = 1 << 20;

    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private CoreTable() {}

    /** @param arguments QUEUED and WORKERS, for one row; nothing for all */
    public static void main(String[] arguments) {
        System.out.println("| queued | workers | ns/event | events/s | bytes/event | heap, MiB |");
        System.out.println("|---:|---:|---:|---:|---:|---:|");
        if (arguments.length == 2) {
            measure(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
            return;
        }
        for (int workers : WORKERS) {
            for (int queued : QUEUED) {
                measure(queued, workers);
            }
        }
    }

    private static void measure(int queued, int workers) {
        CoreBenchmark benchmark = new CoreBenchmark();
        benchmark.queued = queued;
        benchmark.workers = workers;
        benchmark.fill();
        round(benchmark, WARM_UP_ROUNDS * TENS_PER_ROUND);
        double[] nanos = new double[ROUNDS];
        long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            nanos[i] = round(benchmark, TENS_PER_ROUND);
        }
        double allocated = (double) (THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore)
                / ((long) ROUNDS * TENS_PER_ROUND * CoreBenchmark.EVENTS);
        Arrays.sort(nanos);
        System.gc();
        double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MEBIBYTE;
        double median = nanos[ROUNDS / 2];
        System.out.printf(
                Locale.ROOT,
                "| %,d | %,d | %.0f | %,.0f | %.0f | %.0f |%n",
                benchmark.event(),
                workers,
                median,
                1e9 / median,
                allocated,
                heap);
    }

    /** Processor time of an event. */
    private static double round(CoreBenchmark benchmark, int tens) {
        long before = PROCESS.getProcessCpuTime();
        for (int i = 0; i < tens; i++) {
            benchmark.event();
        }
        return (double) (PROCESS.getProcessCpuTime() - before) / ((long) tens * CoreBenchmark.EVENTS);
    }
}
