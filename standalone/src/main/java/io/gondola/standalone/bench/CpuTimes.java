package io.gondola.standalone.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;

/**
 * The processor time that this process has used, by what used it.
 *
 * @param processNanos in all
 * @param eventLoopNanos by event loops: gateway and scheduler
 * @param stepNanos by step loops: the worker and its simulated engine
 */
public record CpuTimes(long processNanos, long eventLoopNanos, long stepNanos) {

    private static final String EVENT_LOOPS = "vert.x-eventloop";
    private static final String STEP_LOOPS = "gondola-steps";

    static long ofProcess() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    static CpuTimes now() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long eventLoops = 0;
        long steps = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null) {
                long nanos = Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
                eventLoops += thread.getThreadName().startsWith(EVENT_LOOPS) ? nanos : 0;
                steps += thread.getThreadName().startsWith(STEP_LOOPS) ? nanos : 0;
            }
        }
        return new CpuTimes(ofProcess(), eventLoops, steps);
    }

    CpuTimes since(CpuTimes before) {
        return new CpuTimes(
                processNanos - before.processNanos,
                eventLoopNanos - before.eventLoopNanos,
                stepNanos - before.stepNanos);
    }

    /** Collecting garbage, compiling, and whatever else. */
    long otherNanos() {
        return processNanos - eventLoopNanos - stepNanos;
    }
}
