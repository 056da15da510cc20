package io.gondola.standalone.bench;

/** A server that listens at the loopback and whose processor time is known. */
interface MeasuredServer extends AutoCloseable {

    int port();

    /** Since its start. */
    CpuTimes cpu();

    @Override
    void close();
}
