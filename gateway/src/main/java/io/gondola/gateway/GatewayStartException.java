package io.gondola.gateway;

/** What a gateway was told to use cannot be used. The message says in one line what and why. */
public final class GatewayStartException extends Exception {

    private static final long serialVersionUID = 1;

    public GatewayStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
