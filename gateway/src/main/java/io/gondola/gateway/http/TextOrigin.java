package io.gondola.gateway.http;

import io.gondola.gateway.metrics.Outcome;

/** Where a request for text came from, by whichever protocol. */
public interface TextOrigin {

    /** When it came. */
    long arrivedNanos();

    /** It is over, and has been counted. Once. */
    void log(Outcome outcome, long nowNanos);
}
