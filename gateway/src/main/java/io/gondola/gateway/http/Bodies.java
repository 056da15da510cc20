package io.gondola.gateway.http;

import io.gondola.gateway.limits.GatewayLimits;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.LinkedHashSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Reads the bodies of one event loop's requests, bounded in size, in time, and in memory together with those of the
 * other event loops.
 */
final class Bodies {

    private final GatewayLimits limits;
    private final AtomicLong bytesInMemory;
    private final LongSupplier nanoClock;
    /** Oldest first, and all with the same time limit: so the first is the first to be late. */
    private final LinkedHashSet<BodyReader> reading = new LinkedHashSet<>();

    /** @param bytesInMemory of all event loops */
    Bodies(GatewayLimits limits, AtomicLong bytesInMemory, LongSupplier nanoClock) {
        this.limits = limits;
        this.bytesInMemory = bytesInMemory;
        this.nanoClock = nanoClock;
    }

    /**
     * Reads a body, or answers the request with the error that prevents it. To be called before the request's handler
     * returns. Whoever is given the body calls {@link BodyReader#release} when it is no longer in memory.
     *
     * @param onGone called when the client leaves before the body is whole
     */
    void read(Exchange exchange, Consumer<BodyReader> onBody, Consumer<ErrorReply> onRefused, Runnable onGone) {
        HttpServerRequest request = exchange.request();
        BodyReader reader = new BodyReader(this, exchange, onBody, onRefused, onGone, deadlineNanos());
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null && isTooLarge(length)) {
            reader.refuse(tooLarge());
            return;
        }
        String expect = request.getHeader(HttpHeaders.EXPECT);
        if (expect != null) {
            if (!"100-continue".equalsIgnoreCase(expect)) {
                reader.refuse(ErrorReply.invalid(417, "expectation_failed", "Expect is 100-continue or absent."));
                return;
            }
            exchange.response().writeContinue();
        }
        reading.add(reader);
        reader.start();
    }

    /** Refuses those that take too long. */
    void onTick(long nowNanos) {
        while (!reading.isEmpty()) {
            BodyReader oldest = reading.iterator().next();
            if (nowNanos - oldest.deadlineNanos() < 0) {
                return;
            }
            oldest.refuse(ErrorReply.bodyTooSlow(limits.bodyMillis()));
        }
    }

    boolean tryReserve(int bytes) {
        if (bytesInMemory.addAndGet(bytes) > limits.bodiesBytesMax()) {
            bytesInMemory.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    void free(long bytes) {
        bytesInMemory.addAndGet(-bytes);
    }

    void onEnd(BodyReader reader) {
        reading.remove(reader);
    }

    int bodyBytesMax() {
        return limits.bodyBytesMax();
    }

    ErrorReply tooLarge() {
        return ErrorReply.bodyTooLarge(limits.bodyBytesMax());
    }

    ErrorReply outOfMemory() {
        return ErrorReply.overloaded("bodiesBytesMax", limits.bodiesBytesMax());
    }

    private boolean isTooLarge(String contentLength) {
        try {
            return Long.parseLong(contentLength.trim()) > limits.bodyBytesMax();
        } catch (NumberFormatException beyondLong) {
            return true;
        }
    }

    private long deadlineNanos() {
        return nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(limits.bodyMillis());
    }
}
