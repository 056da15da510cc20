package io.gondola.gateway.grpc;

import inference.OpenInferenceGrpc.ModelInferRequest;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.http.RelayedCall;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.TextRequest;

/** One request of a stream that is answered by a text, item by item, without waiting for requests before it. */
final class StreamedText implements RelayedCall.Receiver {

    private final StreamCall stream;
    private final GrpcCall call;
    private final ModelInferRequest head;
    private final long arrivedNanos;
    private final RelayedCall text;
    private boolean isDone;

    /** @param head of its request: whose it is */
    StreamedText(
            StreamCall stream,
            GrpcCall call,
            InferParts parts,
            ModelInferRequest head,
            TextRequest request,
            long arrivedNanos) {
        this.stream = stream;
        this.call = call;
        this.head = head;
        this.arrivedNanos = arrivedNanos;
        text = parts.relays().newCall(this, request);
    }

    void start() {
        text.start();
    }

    boolean isDone() {
        return isDone;
    }

    void onRoom() {
        text.onRoom();
    }

    void onClientGone() {
        text.onClientGone();
    }

    @Override
    public long arrivedNanos() {
        return arrivedNanos;
    }

    @Override
    public boolean isBlocked() {
        return call.isFull();
    }

    @Override
    public void onText(String piece) {
        stream.write(StreamCall.toItem(TextMessages.toResponse(head, piece), false));
    }

    @Override
    public void onFinish(String rest, String finishReason) {
        isDone = true;
        stream.write(StreamCall.toItem(TextMessages.toLast(head, rest, finishReason), true));
        stream.flush();
    }

    @Override
    public void onFailed(ErrorReply error) {
        isDone = true;
        stream.write(StreamCall.toItem(error, head));
        stream.flush();
    }

    @Override
    public void log(Outcome outcome, long nowNanos) {
        if (outcome == Outcome.ERROR) {
            call.log(outcome, nowNanos);
        }
    }
}
