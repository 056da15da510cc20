package io.gondola.gateway.trace;

import java.io.IOException;

/** Where lines end up. */
interface TraceSink extends AutoCloseable {

    /** Appends whole lines, all or none of them. */
    void append(byte[] lines, int length) throws IOException;

    @Override
    void close() throws IOException;
}
