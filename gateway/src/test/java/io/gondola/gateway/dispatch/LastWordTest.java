package io.gondola.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.WaitReason;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** At a deadline the scheduler knows what was waited for, and the gateway's own clock is the first to see it. */
class LastWordTest {

    private static final String MODEL = "m";
    private static final String GATEWAY = "gw";
    private static final long WAIT_SECONDS = 30;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final GenerationRequest REQUEST = new GenerationRequest(
            new GenerationRef(new GenerationId(1, 2), 0),
            GATEWAY,
            MODEL,
            new int[3],
            new int[0],
            5,
            new int[0],
            SamplingParams.greedy(),
            -1,
            false,
            "tenant",
            1,
            RequestClass.STANDARD,
            DEADLINE_NANOS);

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final AtomicLong nowNanos = new AtomicLong();
    private final CountDownLatch accepted = new CountDownLatch(1);
    private final BlockingQueue<GenerationFailure> failures = new LinkedBlockingQueue<>();
    private final SchedulerClient client = new SchedulerClient(
            vertx,
            GATEWAY,
            GatewayLimits.builder().build(),
            new GatewayMetrics(new SimpleMeterRegistry(), List.of(MODEL)),
            nowNanos::get);

    private final class Listener implements SubmissionListener {
        @Override
        public void onAccepted() {
            accepted.countDown();
        }

        @Override
        public boolean onTokens(int index, TokenChunk chunk, long nowNanos) {
            return false;
        }

        @Override
        public void onFinished(int index, FinishReason reason) {}

        @Override
        public void onFailed(GenerationFailure failure) {
            failures.add(failure);
        }

        @Override
        public void onFlush() {}
    }

    @BeforeEach
    void submit() throws Exception {
        onLoop(() -> client.start(List.of(MODEL)))
                .toCompletionStage()
                .toCompletableFuture()
                .get(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(onLoop(() -> client.trySubmit(List.of(REQUEST), DEADLINE_NANOS, new Listener())))
                .isNotNull();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private <T> T onLoop(Callable<T> what) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.runOnContext(nothing -> {
            try {
                done.complete(what.call());
            } catch (Exception failure) {
                done.completeExceptionally(failure);
            }
        });
        return done.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private void say(ToGateway message) {
        vertx.eventBus().send(Addresses.gateway(GATEWAY), WireCodec.encode(message));
    }

    private void accept() throws Exception {
        say(new ToGateway.Accepted(1, List.of(REQUEST.ref())));
        assertThat(accepted.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    /** Sets the clock, and lets the client look at it several times. */
    private void passTo(long nanos) throws Exception {
        nowNanos.set(nanos);
        for (int tick = 0; tick < 3; tick++) {
            CountDownLatch ticked = new CountDownLatch(1);
            loop.runOnContext(nothing -> vertx.setTimer(SchedulerClient.TICK_MILLIS, timer -> ticked.countDown()));
            assertThat(ticked.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    private GenerationFailure awaitFailure() throws InterruptedException {
        GenerationFailure failure = failures.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void whatWaitsIsEndedByTheSchedulerWhichSaysWhy() throws Exception {
        accept();
        passTo(DEADLINE_NANOS);
        assertThat(failures).isEmpty();
        Rejection late = new Rejection(Rejection.Reason.DEADLINE, "", 0, 0).afterWait(WaitReason.NO_SLOT);
        say(new ToGateway.Rejected(1, List.of(REQUEST.ref()), late));
        assertThat(awaitFailure()).isEqualTo(new GenerationFailure.DeadlinePassed(WaitReason.NO_SLOT));
    }

    @Test
    void whereItSaysNothingTheGatewayEndsIt() throws Exception {
        accept();
        passTo(DEADLINE_NANOS + Submission.LAST_WORD_NANOS);
        assertThat(awaitFailure()).isEqualTo(new GenerationFailure.DeadlinePassed(WaitReason.NONE));
        assertThat(failures).isEmpty();
    }

    @Test
    void whatNobodyAcceptedEndsAtOnce() throws Exception {
        passTo(DEADLINE_NANOS);
        assertThat(awaitFailure()).isInstanceOf(GenerationFailure.DeadlinePassed.class);
    }

    @Test
    void whatRunsEndsAtOnce() throws Exception {
        say(new ToGateway.TokenFrame(
                "w", MODEL, List.of(new TokenChunk(REQUEST.ref(), 0, new int[1], List.of(), List.of(), null, ""))));
        assertThat(accepted.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        passTo(DEADLINE_NANOS);
        assertThat(awaitFailure()).isEqualTo(new GenerationFailure.DeadlinePassed(WaitReason.NONE));
    }
}
