package io.gondola.standalone.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The processor time that a server has used, by what used it.
 *
 * @param processNanos in all
 * @param partNanos by part: within one process event loops, step loops, and the rest (collecting garbage, compiling, and
 *     whatever else); across processes each of them
 */
public record CpuTimes(long processNanos, Map<String, Long> partNanos) {

    private static final String EVENT_LOOPS = "event loops";
    private static final String EVENT_LOOP_THREADS = "vert.x-eventloop";
    private static final String STEP_LOOPS = "step loop";
    private static final String STEP_LOOP_THREADS = "gondola-steps";
    private static final String OTHER = "other";

    static long ofProcess() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** Of this process. */
    static CpuTimes now() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long eventLoops = 0;
        long steps = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null) {
                long nanos = Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
                eventLoops += thread.getThreadName().startsWith(EVENT_LOOP_THREADS) ? nanos : 0;
                steps += thread.getThreadName().startsWith(STEP_LOOP_THREADS) ? nanos : 0;
            }
        }
        long process = ofProcess();
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put(EVENT_LOOPS, eventLoops);
        parts.put(STEP_LOOPS, steps);
        parts.put(OTHER, process - eventLoops - steps);
        return new CpuTimes(process, parts);
    }

    /** Of several processes. @param nanos of each, by its name */
    static CpuTimes ofProcesses(Map<String, Long> nanos) {
        return new CpuTimes(nanos.values().stream().mapToLong(Long::longValue).sum(), nanos);
    }

    CpuTimes since(CpuTimes before) {
        Map<String, Long> parts = new LinkedHashMap<>();
        partNanos.forEach((name, nanos) -> parts.put(name, nanos - before.partNanos.getOrDefault(name, 0L)));
        return new CpuTimes(processNanos - before.processNanos, parts);
    }
}
