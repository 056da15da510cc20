package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Scheduler and worker in one, on the event bus, that do nothing but what a test orders. */
final class FakeBackend {

    static final long WAIT_SECONDS = 10;

    private final Vertx vertx;
    private final BlockingQueue<List<GenerationRequest>> submits = new LinkedBlockingQueue<>();
    private final BlockingQueue<GenerationRef> cancels = new LinkedBlockingQueue<>();

    FakeBackend(Vertx vertx, String model) throws Exception {
        this.vertx = vertx;
        vertx.eventBus()
                .consumer(Addresses.scheduler(model), this::onMessage)
                .completion()
                .toCompletionStage()
                .toCompletableFuture()
                .get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private void onMessage(Message<Buffer> message) {
        try {
            ToScheduler decoded = WireCodec.decodeToScheduler(message.body());
            if (decoded instanceof ToScheduler.Submit submit) {
                submits.add(submit.generations());
            } else if (decoded instanceof ToScheduler.Cancel cancel) {
                cancels.addAll(cancel.refs());
            }
        } catch (WireFormatException malformed) {
            throw new AssertionError(malformed);
        }
    }

    List<GenerationRequest> awaitSubmit() throws InterruptedException {
        List<GenerationRequest> submit = submits.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(submit).as("a submission").isNotNull();
        return submit;
    }

    /** The one generation of the next submission. */
    GenerationRequest awaitOne() throws InterruptedException {
        List<GenerationRequest> submit = awaitSubmit();
        assertThat(submit).hasSize(1);
        return submit.get(0);
    }

    GenerationRef awaitCancel() throws InterruptedException {
        GenerationRef ref = cancels.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(ref).as("a cancellation").isNotNull();
        return ref;
    }

    /** Nothing more was sent than what was awaited. */
    void assertQuiet() {
        List<List<GenerationRequest>> moreSubmits = new ArrayList<>();
        List<GenerationRef> moreCancels = new ArrayList<>();
        // Taken out, so that they spoil this test alone.
        submits.drainTo(moreSubmits);
        cancels.drainTo(moreCancels);
        assertThat(moreSubmits).as("unexpected submissions").isEmpty();
        assertThat(moreCancels).as("unexpected cancellations").isEmpty();
    }

    void accept(GenerationRequest... requests) {
        List<GenerationRef> refs =
                List.of(requests).stream().map(GenerationRequest::ref).toList();
        send(requests[0], new ToGateway.Accepted(refs));
    }

    void reject(Rejection.Reason reason, long retryAfterMillis, GenerationRequest... requests) {
        reject(new Rejection(reason, "queueRequestsMax", 7, retryAfterMillis), requests);
    }

    void reject(Rejection rejection, GenerationRequest... requests) {
        List<GenerationRef> refs =
                List.of(requests).stream().map(GenerationRequest::ref).toList();
        send(requests[0], new ToGateway.Rejected(refs, rejection));
    }

    void lose(GenerationRequest request) {
        send(request, new ToGateway.AttemptLost(List.of(request.ref())));
    }

    void tokens(GenerationRequest request, int offset, int... tokens) {
        chunk(request, offset, tokens, null, "");
    }

    void last(GenerationRequest request, int offset, FinishReason finish, int... tokens) {
        chunk(request, offset, tokens, finish, "");
    }

    void chunk(GenerationRequest request, int offset, int[] tokens, FinishReason finish, String error) {
        frame(request, new TokenChunk(request.ref(), offset, tokens, List.of(), List.of(), finish, error));
    }

    void logprobs(GenerationRequest request, int offset, List<TokenLogprobs> prompt, List<TokenLogprobs> tokens) {
        int[] ids = tokens.stream().mapToInt(TokenLogprobs::token).toArray();
        frame(request, new TokenChunk(request.ref(), offset, ids, tokens, prompt, null, ""));
    }

    /** The first chunk of an attempt. */
    void first(GenerationRequest request, int offset, AttemptStart start, int... tokens) {
        frame(request, new TokenChunk(request.ref(), offset, tokens, List.of(), List.of(), null, "", start));
    }

    void frame(GenerationRequest to, TokenChunk... chunks) {
        send(to, new ToGateway.TokenFrame("worker-1", List.of(chunks)));
    }

    void send(GenerationRequest to, ToGateway message) {
        raw(to, WireCodec.encode(message));
    }

    void raw(GenerationRequest to, Object body) {
        vertx.eventBus().send(Addresses.gateway(to.gatewayId()), body);
    }
}
