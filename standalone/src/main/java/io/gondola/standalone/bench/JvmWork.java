package io.gondola.standalone.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a virtual machine did besides running the program: it takes processors from whatever is measured meanwhile.
 *
 * @param compileMillis of its compilers
 * @param collections of garbage
 * @param collectMillis that these took
 */
public record JvmWork(long compileMillis, long collections, long collectMillis) {

    /** Of this process, since its start. */
    static JvmWork now() {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        long collections = 0;
        long collectMillis = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += Math.max(0, collector.getCollectionCount());
            collectMillis += Math.max(0, collector.getCollectionTime());
        }
        boolean isKnown = compiler != null && compiler.isCompilationTimeMonitoringSupported();
        return new JvmWork(isKnown ? compiler.getTotalCompilationTime() : 0, collections, collectMillis);
    }

    JvmWork since(JvmWork before) {
        return new JvmWork(
                compileMillis - before.compileMillis,
                collections - before.collections,
                collectMillis - before.collectMillis);
    }
}
