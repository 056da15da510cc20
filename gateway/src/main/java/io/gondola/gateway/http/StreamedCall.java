package io.gondola.gateway.http;

import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.ResponseShape;
import io.gondola.gateway.openai.TextRequest;
import io.gondola.gateway.stream.ChoiceText;
import io.gondola.gateway.stream.SseStream;
import io.vertx.core.http.HttpVersion;

/**
 * A call whose answer is a stream of events. The head is written when the scheduler accepts, so that a refusal is still
 * a status; from then on an error is an event. While the client is behind, text waits in its choice and is given as one
 * piece when there is room.
 */
final class StreamedCall extends TextCall {

    /** HTTP/2: the stream is not needed any more (RFC 9113, section 7). */
    private static final long HTTP2_CANCEL = 8;

    private final Exchange exchange;
    private final ResponseShape shape;
    private final SseStream stream;
    private final boolean[] isFinishTold;
    private int toldCount;

    /** For {@link OpenStreams}. */
    int position;

    StreamedCall(Exchange exchange, TextRequest text, ResponseShape shape, CallParts parts) {
        super(exchange, text, parts);
        this.exchange = exchange;
        this.shape = shape;
        isFinishTold = new boolean[choiceCount()];
        stream = new SseStream(
                exchange.response(),
                parts.writeRound(),
                parts.limits().writeQueueBytesMax(),
                parts.limits().heartbeatMillis(),
                parts.limits().stallMillis(),
                this::onFlush);
        parts.openStreams().add(this);
    }

    @Override
    void toAccepted() {
        if (isOver()) {
            return;
        }
        exchange.timing(timing());
        stream.open();
        if (shape.hasOpening()) {
            for (int i = 0; i < choiceCount(); i++) {
                stream.event(shape.opening(i));
            }
        }
    }

    @Override
    public void onFlush() {
        long nowNanos = nowNanos();
        if (isOver() || !stream.isOpen() || stream.isBlocked()) {
            return;
        }
        for (int i = 0; i < choiceCount(); i++) {
            addEvents(i);
        }
        if (toldCount < choiceCount()) {
            stream.flush(nowNanos);
            return;
        }
        if (text().includeUsage()) {
            stream.event(shape.usage(usage()));
        }
        stream.comment("server-timing: " + timing());
        end(Outcome.SUCCESS);
        if (shape.hasDone()) {
            stream.done();
        } else {
            stream.end();
        }
        closeIfUnframed();
    }

    private void addEvents(int index) {
        ChoiceText choice = choice(index);
        String reason = finishReason(index);
        if (choice.hasText() || (reason != null && choice.hasLogprobs())) {
            stream.event(shape.piece(index, choice.takeText(), choice.takeLogprobs()));
        }
        if (reason != null && !isFinishTold[index]) {
            isFinishTold[index] = true;
            toldCount++;
            stream.event(shape.finish(index, reason));
        }
    }

    /** Heartbeats; and the end of clients that do not read. */
    void onTick(long nowNanos) {
        if (stream.isStalled(nowNanos)) {
            cut();
        } else if (isAllFinished() && nowNanos - deadlineNanos() >= 0) {
            // All is computed, and still not read.
            cut();
        } else {
            stream.onTick(nowNanos);
        }
    }

    private void cut() {
        onClientGone();
        if (exchange.request().version() == HttpVersion.HTTP_2) {
            exchange.response().reset(HTTP2_CANCEL);
        } else {
            exchange.request().connection().close();
        }
    }

    @Override
    void onEnd() {
        parts().openStreams().remove(this);
    }

    @Override
    void answer(ErrorReply error) {
        if (!stream.isOpen()) {
            exchange.timing(timing());
            exchange.error(error);
        } else if (exchange.isAnswerable()) {
            stream.comment("server-timing: " + timing());
            stream.fail(exchange.errorBody(error));
            closeIfUnframed();
        }
    }

    /** HTTP/1.0 knows the end of a stream by the end of the connection. */
    private void closeIfUnframed() {
        if (exchange.request().version() == HttpVersion.HTTP_1_0) {
            exchange.request().connection().close();
        }
    }
}
