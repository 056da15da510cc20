package io.gondola.gateway.grpc;

import io.gondola.gateway.http.ErrorReply;

/** A call that ends with an error, found out after a while. */
final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient ErrorReply reply;

    RefusedException(ErrorReply reply) {
        super(reply.error().getMessage(), null, false, false);
        this.reply = reply;
    }

    ErrorReply reply() {
        return reply;
    }
}
