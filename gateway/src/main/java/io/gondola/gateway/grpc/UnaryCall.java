package io.gondola.gateway.grpc;

import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.openai.ApiException;
import io.vertx.grpc.common.GrpcMessage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A call that has one message, awaited for as long as a body may take. */
final class UnaryCall implements GrpcCall.Listener {

    private final GrpcCall call;
    private final GatewayLimits limits;
    private final Consumer<GrpcMessage> onWhole;
    private final Runnable onLeft;
    private @Nullable GrpcMessage message;
    private boolean isWhole;

    /**
     * Awaits it.
     *
     * @param onWhole given the message, once the client has said all
     * @param onLeft told when the client leaves after that
     */
    UnaryCall(GrpcCall call, GatewayLimits limits, Consumer<GrpcMessage> onWhole, Runnable onLeft) {
        this.call = call;
        this.limits = limits;
        this.onWhole = onWhole;
        this.onLeft = onLeft;
    }

    @Override
    public void onMessage(GrpcMessage arrived) {
        if (message != null) {
            call.fail(ErrorReply.of(ApiException.invalid("message", "this call takes one message, and there are two")));
            return;
        }
        message = arrived;
    }

    @Override
    public void onHalfClosed() {
        GrpcMessage whole = message;
        if (whole == null) {
            call.fail(ErrorReply.of(ApiException.invalid("message", "the call has no message")));
            return;
        }
        isWhole = true;
        onWhole.accept(whole);
    }

    @Override
    public void onGone() {
        if (isWhole) {
            onLeft.run();
        }
    }

    @Override
    public void onTick(long nowNanos) {
        if (!isWhole && nowNanos - call.arrivedNanos() >= TimeUnit.MILLISECONDS.toNanos(limits.bodyMillis())) {
            call.fail(ErrorReply.bodyTooSlow(limits.bodyMillis()));
        }
    }
}
