package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.OwnerAlive;
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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Scheduler and worker in one, on the event bus, that do nothing but what a test orders. */
final class FakeBackend {

    static final long WAIT_SECONDS = 10;

    /** The life of the owner that it plays at first. */
    static final long EPOCH = 7;

    private final Vertx vertx;
    private final String model;
    private volatile long epoch = EPOCH;
    private final BlockingQueue<List<GenerationRequest>> submits = new LinkedBlockingQueue<>();
    private final Set<GenerationRef> heard = new HashSet<>();
    private final BlockingQueue<ToScheduler.Submit> repeated = new LinkedBlockingQueue<>();
    private final BlockingQueue<GenerationRef> inquiries = new LinkedBlockingQueue<>();
    private final BlockingQueue<GenerationRef> cancels = new LinkedBlockingQueue<>();

    FakeBackend(Vertx vertx, String model) throws Exception {
        this.vertx = vertx;
        this.model = model;
        listen(Addresses.scheduler(model));
        listen(Addresses.scheduler(model, EPOCH));
    }

    /** Hears what is sent to this address too. */
    void listen(String address) throws Exception {
        vertx.eventBus()
                .consumer(address, this::onMessage)
                .completion()
                .toCompletionStage()
                .toCompletableFuture()
                .get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private synchronized void onMessage(Message<Buffer> message) {
        try {
            ToScheduler decoded = WireCodec.decodeToScheduler(message.body());
            if (decoded instanceof ToScheduler.Submit submit) {
                // One that waits for its answer is said again: a test hears it once.
                if (heard.add(submit.generations().get(0).ref())) {
                    submits.add(submit.generations());
                } else {
                    repeated.add(submit);
                }
            } else if (decoded instanceof ToScheduler.Inquire inquire) {
                inquiries.addAll(inquire.refs());
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

    /** A submission that was said before. */
    ToScheduler.Submit awaitRepeatedSubmit() throws InterruptedException {
        ToScheduler.Submit submit = repeated.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(submit).as("a submission said again").isNotNull();
        return submit;
    }

    /** One that the gateway asks after. */
    GenerationRef awaitInquiry() throws InterruptedException {
        GenerationRef ref = inquiries.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(ref).as("an inquiry").isNotNull();
        return ref;
    }

    /** Another owner of the queue from now on, or the same that says that it lives. */
    void ownerAlive(long epoch) {
        vertx.eventBus().publish(Addresses.ownerAlive(model), WireCodec.encode(new OwnerAlive(model, epoch)));
    }

    /** Answers come from this life of the owner from now on. */
    void answerAs(long newEpoch) {
        epoch = newEpoch;
    }

    /** The one generation of the next submission. */
    GenerationRequest awaitOne() throws InterruptedException {
        List<GenerationRequest> submit = awaitSubmit();
        assertThat(submit).hasSize(1);
        return submit.get(0);
    }

    /** A cancellation that is here already. */
    GenerationRef tryCancel() {
        return cancels.poll();
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
        send(requests[0], new ToGateway.Accepted(epoch, refs));
    }

    void reject(Rejection.Reason reason, long retryAfterMillis, GenerationRequest... requests) {
        reject(new Rejection(reason, "queueRequestsMax", 7, retryAfterMillis), requests);
    }

    void reject(Rejection rejection, GenerationRequest... requests) {
        List<GenerationRef> refs =
                List.of(requests).stream().map(GenerationRequest::ref).toList();
        send(requests[0], new ToGateway.Rejected(epoch, refs, rejection));
    }

    void lose(GenerationRequest request) {
        send(request, new ToGateway.AttemptLost(epoch, List.of(request.ref())));
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
        frame("worker-1", to, chunks);
    }

    void frame(String workerId, GenerationRequest to, TokenChunk... chunks) {
        send(to, new ToGateway.TokenFrame(workerId, model, List.of(chunks)));
    }

    void send(GenerationRequest to, ToGateway message) {
        raw(to, WireCodec.encode(message));
    }

    void raw(GenerationRequest to, Object body) {
        vertx.eventBus().send(Addresses.gateway(to.gatewayId()), body);
    }
}
