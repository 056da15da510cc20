package io.gondola.standalone.bench;

import org.jspecify.annotations.Nullable;

/** A server that listens at the loopback and whose processor time is known. */
interface MeasuredServer extends AutoCloseable {

    int port();

    /** Since its start; of this process where it is no other. */
    default CpuTimes cpu() {
        return CpuTimes.now();
    }

    /** Since its start; null where it is other processes, which do not tell. */
    default @Nullable JvmWork jvm() {
        return JvmWork.now();
    }

    @Override
    void close();
}
