package io.gondola.protocol.wire;

/** A message that is not in the wire form, or not in a version this build reads. Counted and dropped by receivers. */
public final class WireFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    public WireFormatException(String message) {
        super(message);
    }

    WireFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
