package io.gondola.scheduler.runtime;

import static io.gondola.scheduler.core.RequestBuilder.MODEL;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.gondola.scheduler.core.RequestBuilder;
import io.gondola.scheduler.core.SchedulerLimits;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The scheduler on a real event bus, between a gateway and a worker that do what the test says. */
class SchedulerNodeTest {

    /** How long anything may take before the test gives up; nothing is asserted about how fast it is. */
    private static final long PATIENCE_SECONDS = 20;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BlockingQueue<ToGateway> gateway = new LinkedBlockingQueue<>();
    private final BlockingQueue<ToWorker> worker = new LinkedBlockingQueue<>();
    private SchedulerNode node;

    @BeforeEach
    void start() throws Exception {
        vertx.eventBus().<Buffer>consumer(Addresses.gateway("gw"), message -> {
            try {
                gateway.add(WireCodec.decodeToGateway(message.body()));
            } catch (WireFormatException malformed) {
                throw new AssertionError(malformed);
            }
        });
        vertx.eventBus().<Buffer>consumer(Addresses.worker("w"), message -> {
            try {
                worker.add(WireCodec.decodeToWorker(message.body()).message());
            } catch (WireFormatException malformed) {
                throw new AssertionError(malformed);
            }
        });
        node = SchedulerNode.start(vertx, SchedulerLimits.defaults(), List.of(MODEL, "other"), registry)
                .await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void tell(ToScheduler message) {
        vertx.eventBus().send(Addresses.scheduler(MODEL), WireCodec.encode(message));
    }

    private <T> T next(BlockingQueue<? super T> from, Class<T> kind) throws InterruptedException {
        Object message = from.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(message).isInstanceOf(kind);
        return kind.cast(message);
    }

    private void submit(RequestBuilder... requests) {
        tell(new ToScheduler.Submit(
                java.util.Arrays.stream(requests).map(RequestBuilder::build).toList()));
    }

    private void join() throws InterruptedException {
        tell(census(MODEL));
        next(worker, ToWorker.Welcome.class);
    }

    private static ToScheduler.Census census(String model) {
        ModelDescription description = new ModelDescription(model, "GPT2LMHeadModel", 100, 100, 1, 100);
        return new ToScheduler.Census("w", description, OwnerWatch.NOBODY, 1, 0, List.of());
    }

    private double gauge(String name) {
        return registry.get("gondola." + name).tag("model", MODEL).gauge().value();
    }

    @Test
    void aRequestGoesItsWayAndTheMetricsFollow() throws InterruptedException {
        assertThat(node.hasWorker(MODEL)).isFalse();
        join();
        assertThat(node.hasWorker(MODEL)).isTrue();
        submit(request(1), request(2));
        assertThat(next(gateway, ToGateway.Accepted.class).refs()).containsExactly(ref(1, 0), ref(2, 0));
        assertThat(next(worker, ToWorker.Admit.class).generations())
                .extracting(GenerationRequest::ref)
                .containsExactly(ref(1, 0));
        tell(new ToScheduler.Cancel(List.of(ref(1, 0))));
        assertThat(next(worker, ToWorker.Revoke.class).refs()).containsExactly(ref(1, 0));
        assertThat(gauge("queue.depth")).isEqualTo(1);
        assertThat(gauge("slots.used")).isEqualTo(1);
        tell(new ToScheduler.StepReport(
                "w", MODEL, 1, 0, 0, 0, 0, List.of(new ToScheduler.Finished(ref(1, 0), FinishReason.CANCELLED, 0))));
        assertThat(next(worker, ToWorker.Admit.class).generations())
                .extracting(GenerationRequest::ref)
                .containsExactly(ref(2, 0));
        tell(new ToScheduler.WorkerLeft("w", MODEL));
        assertThat(next(gateway, ToGateway.AttemptLost.class).refs()).containsExactly(ref(2, 0));
        assertThat(registry.get("gondola.queue.wait")
                        .tag("model", MODEL)
                        .timer()
                        .count())
                .isEqualTo(2);
        assertThat(registry.get("gondola.queue.waits")
                        .tags("model", MODEL, "reason", "no_slot")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("gondola.attempts.ended")
                        .tags("model", MODEL, "end", "lost")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void whoLeftTheClusterIsNotWaitedFor() throws InterruptedException {
        join();
        submit(request(1).gateway("process~1"), request(2).gateway("process~2"), request(3));
        assertThat(next(worker, ToWorker.Admit.class).generations())
                .extracting(GenerationRequest::ref)
                .containsExactly(ref(1, 0));
        node.onGatewayLost("process");
        assertThat(next(worker, ToWorker.Revoke.class).refs()).containsExactly(ref(1, 0));
        node.onWorkerLost("w");
        // As a new one: the slot of the lost one, which has said nothing of its end, does not count.
        join();
        assertThat(next(worker, ToWorker.Admit.class).generations())
                .as("the one that waits for a gateway that lives")
                .extracting(GenerationRequest::ref)
                .containsExactly(ref(3, 0));
    }

    @Test
    void theTimerRejectsWhatIsDueThoughNothingHappens() throws InterruptedException {
        submit(request(1).timeout(3_600 * RequestBuilder.SECOND));
        next(gateway, ToGateway.Accepted.class);
        submit(request(2).timeout(20_000_000));
        next(gateway, ToGateway.Accepted.class);
        ToGateway.Rejected rejected = next(gateway, ToGateway.Rejected.class);
        assertThat(rejected.refs()).containsExactly(ref(2, 0));
        assertThat(rejected.rejection().reason()).isEqualTo(Reason.DEADLINE);
        submit(request(3).timeout(20_000_000));
        next(gateway, ToGateway.Accepted.class);
        assertThat(next(gateway, ToGateway.Rejected.class).refs()).containsExactly(ref(3, 0));
    }

    @Test
    void metricsArePresentAndZeroFromTheStart() {
        for (String name : List.of(
                "queue.depth",
                "queue.tokens",
                "sequences.running",
                "slots",
                "slots.used",
                "kv.tokens.used",
                "kv.tokens.capacity",
                "workers",
                "demand")) {
            assertThat(gauge(name)).as(name).isZero();
        }
        assertThat(registry.get("gondola.queue.wait")
                        .tag("model", "other")
                        .timer()
                        .count())
                .isZero();
        assertThat(registry.get("gondola.malformed.messages")
                        .tag("role", "scheduler")
                        .counter()
                        .count())
                .isZero();
    }

    @Test
    void anotherModelIsUnknownHere() throws InterruptedException {
        vertx.eventBus()
                .send(
                        Addresses.scheduler("other"),
                        WireCodec.encode(
                                new ToScheduler.Submit(List.of(request(1).build()))));
        assertThat(next(gateway, ToGateway.Rejected.class).rejection().reason()).isEqualTo(Reason.UNKNOWN_MODEL);
        assertThat(node.hasWorker("unheard of")).isFalse();
    }

    @Test
    void malformedMessagesAreCountedAndDropped() throws InterruptedException {
        vertx.eventBus().send(Addresses.scheduler(MODEL), "text");
        vertx.eventBus().send(Addresses.scheduler(MODEL), Buffer.buffer(new byte[] {1, 2, 3}));
        vertx.eventBus().send(Addresses.scheduler(MODEL), Buffer.buffer());
        tell(new ToScheduler.WorkerLeft("w", "other"));
        tell(census("other"));
        submit(request(1));
        next(gateway, ToGateway.Accepted.class);
        assertThat(registry.get("gondola.malformed.messages").counter().count()).isEqualTo(5);
        assertThat(node.hasWorker(MODEL)).isFalse();
    }

    /** What is shown of workers that load, once an answer shows that all before it was taken in. */
    private Map<String, Double> loading(long answeredId) throws InterruptedException {
        submit(request(answeredId));
        next(gateway, ToGateway.Accepted.class);
        return registry.find("gondola.worker.loading.ratio").gauges().stream()
                .collect(Collectors.toMap(gauge -> gauge.getId().getTag("worker"), Gauge::value));
    }

    @Test
    void howFarEachWorkerIsThatLoadsIsShownUntilItHasLoadedOrGone() throws InterruptedException {
        tell(new ToScheduler.WorkerLoading("w", MODEL, 0, 0));
        tell(new ToScheduler.WorkerLoading("slow", MODEL, 10, 90_000));
        assertThat(loading(1)).containsOnly(entry("w", 0.0), entry("slow", 0.1));
        tell(new ToScheduler.WorkerLoading("w", MODEL, 75, 1_000));
        assertThat(loading(2)).containsOnly(entry("w", 0.75), entry("slow", 0.1));
        join();
        assertThat(loading(3)).containsOnly(entry("slow", 0.1));
        tell(new ToScheduler.WorkerLeft("slow", MODEL));
        assertThat(loading(4)).isEmpty();
        tell(new ToScheduler.WorkerLoading("late", MODEL, 50, 1_000));
        assertThat(loading(5)).containsOnly(entry("late", 0.5));
        node.close().await();
        assertThat(registry.find("gondola.worker.loading.ratio").gauges()).isEmpty();
    }

    @Test
    void closedItTakesNothingAndLeavesNoMeters() {
        node.close().await();
        assertThat(registry.find("gondola.queue.depth").gauges()).isEmpty();
        assertThat(node.close().succeeded()).isTrue();
        submit(request(1));
        assertThat(gateway).isEmpty();
    }
}
