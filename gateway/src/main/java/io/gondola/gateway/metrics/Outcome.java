package io.gondola.gateway.metrics;

import java.util.Locale;

/** How a client request ended: the tag {@code outcome} of {@code gondola_requests_total}. */
public enum Outcome {
    /** Answered in full. */
    SUCCESS,
    /** Refused for what the client sent: 4xx other than 429. */
    CLIENT_ERROR,
    /** Refused for want of room or of a worker: 429 and 503. */
    REJECTED,
    /** The client left, or was cut off because it did not read. */
    CANCELLED,
    /** Its deadline passed: 504. */
    TIMEOUT,
    /** Anything else that was not the client's fault: 5xx. */
    ERROR;

    /** The value of the tag. */
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What an answer of this HTTP status counts as. */
    public static Outcome ofStatus(int status) {
        if (status < 400) {
            return SUCCESS;
        }
        if (status == 429 || status == 503) {
            return REJECTED;
        }
        if (status == 504) {
            return TIMEOUT;
        }
        return status < 500 ? CLIENT_ERROR : ERROR;
    }
}
