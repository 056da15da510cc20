package io.gondola.gateway.grpc;

import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelStreamInferResponse;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.http.InferenceCaller;
import io.gondola.gateway.http.InferenceRun;
import io.gondola.gateway.http.RequestParsing;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.TextRequest;
import io.gondola.gateway.tensors.KserveCall;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.InferenceResult;
import io.vertx.grpc.common.GrpcMessage;
import org.jspecify.annotations.Nullable;

/** One request of a stream, and its answer until that is written. */
final class StreamedInference implements InferenceCaller<KserveCall> {

    private final StreamCall stream;
    private final GrpcCall call;
    private final InferParts parts;
    private final long arrivedNanos;
    /** Written where it is parsed, read afterwards. */
    private volatile ModelInferRequest head = ModelInferRequest.getDefaultInstance();

    private @Nullable InferenceRun<KserveCall> run;
    private @Nullable StreamedText text;
    private @Nullable ModelStreamInferResponse answer;

    StreamedInference(StreamCall stream, GrpcCall call, InferParts parts) {
        this.stream = stream;
        this.call = call;
        this.parts = parts;
        arrivedNanos = parts.nanoClock().getAsLong();
    }

    /** What a request is for: tensors or text. */
    private record Wanted(
            @Nullable KserveCall tensors, @Nullable TextRequest text) {}

    void start(GrpcMessage message) {
        parts.parsing()
                .parse(MessageBytes.sizeOf(message), () -> read(message), () -> call.release(message), this::onParsed);
    }

    private Wanted read(GrpcMessage message) {
        ModelInferRequest parsed = InferMessages.parse(message, parts.limits().bodyBytesMax());
        // For the name of an answer, without the tensors.
        head = ModelInferRequest.newBuilder()
                .setId(parsed.getId())
                .setModelName(parsed.getModelName())
                .setModelVersion(parsed.getModelVersion())
                .build();
        return parts.isText(parsed.getModelName())
                ? new Wanted(null, parts.readText(call, parsed, arrivedNanos))
                : new Wanted(parts.read(call, parsed, arrivedNanos), null);
    }

    private void onParsed(RequestParsing.Parsed<Wanted> parsed) {
        Wanted wanted = parsed.request();
        TextRequest textRequest = wanted == null ? null : wanted.text();
        if (textRequest == null) {
            KserveCall tensors = wanted == null ? null : wanted.tensors();
            run = parts.runs().start(this, new RequestParsing.Parsed<>(tensors, parsed.error()));
        } else if (!call.isOver()) {
            StreamedText started = new StreamedText(stream, call, parts, head, textRequest, arrivedNanos);
            text = started;
            started.start();
        }
    }

    boolean isAnswered() {
        StreamedText started = text;
        return answer != null || (started != null && started.isDone());
    }

    /** What is to be written of it; null for a text, which has been written. */
    @Nullable
    ModelStreamInferResponse takeAnswer() {
        return answer;
    }

    void onRoom() {
        StreamedText started = text;
        if (started != null) {
            started.onRoom();
        }
    }

    void onClientGone() {
        InferenceRun<KserveCall> running = run;
        StreamedText started = text;
        if (running != null) {
            running.onClientGone();
        } else if (started != null) {
            started.onClientGone();
        }
    }

    @Override
    public long arrivedNanos() {
        return arrivedNanos;
    }

    @Override
    public boolean isAnswerable() {
        return !call.isOver();
    }

    @Override
    public TensorCall callOf(KserveCall parsed) {
        return parsed.call();
    }

    @Override
    public void answer(KserveCall parsed, InferenceResult result) {
        give(StreamCall.toItem(parts.toResponse(parsed, result).toBuilder(), true));
    }

    @Override
    public void refuse(ErrorReply error) {
        give(StreamCall.toItem(error, head));
    }

    @Override
    public void onEnd(Outcome outcome, long nowNanos) {
        if (outcome == Outcome.ERROR) {
            call.log(outcome, nowNanos);
        }
    }

    private void give(ModelStreamInferResponse item) {
        answer = item;
        stream.flush();
    }
}
