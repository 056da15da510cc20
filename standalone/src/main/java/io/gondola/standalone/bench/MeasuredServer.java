package io.gondola.standalone.bench;

import org.jspecify.annotations.Nullable;

/** A server that listens at the loopback and whose processor time is known. */
interface MeasuredServer extends AutoCloseable {

    int port();

    /** Since its start. */
    CpuTimes cpu();

    /** Since its start; null where it is other processes, which do not tell. */
    @Nullable
    JvmWork jvm();

    @Override
    void close();
}
