package io.gondola.worker.runtime;

import static io.gondola.worker.runtime.RequestBuilder.MODEL;
import static io.gondola.worker.runtime.RequestBuilder.ref;
import static io.gondola.worker.runtime.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToScheduler.Census;
import io.gondola.protocol.ToScheduler.Finished;
import io.gondola.protocol.ToScheduler.StepReport;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The worker over a real event bus, with the test in the place of scheduler and gateway. */
@Timeout(30)
class GpuWorkerTest {

    private static final WorkerConfig CONFIG = new WorkerConfig("worker-1", new StepBudget(8, 16), 64, 64, 3);
    private static final long EPOCH = 7;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BlockingQueue<ToScheduler> atScheduler = new LinkedBlockingQueue<>();
    private final BlockingQueue<TokenChunk> atGateway = new LinkedBlockingQueue<>();
    private final CountingEngine engine = CountingEngine.waitingForOrders(2, 64);
    private GpuWorker worker;
    private long told;

    @BeforeEach
    void listen() throws Exception {
        listenAsScheduler(Addresses.scheduler(MODEL), atScheduler);
        listenAsScheduler(Addresses.scheduler(MODEL, EPOCH), atScheduler);
        await(vertx.eventBus()
                .<Buffer>consumer(Addresses.gateway("gateway-1"), message -> {
                    try {
                        ToGateway.TokenFrame frame = (ToGateway.TokenFrame) WireCodec.decodeToGateway(message.body());
                        atGateway.addAll(frame.chunks());
                    } catch (Exception broken) {
                        throw new AssertionError(broken);
                    }
                })
                .completion());
        worker = await(GpuWorker.start(vertx, CONFIG, engine, registry));
    }

    @AfterEach
    void close() throws Exception {
        engine.order(1_000_000);
        await(worker.close());
        await(vertx.close());
    }

    private void listenAsScheduler(String address, BlockingQueue<ToScheduler> heard) throws Exception {
        await(vertx.eventBus()
                .<Buffer>consumer(address, message -> {
                    try {
                        heard.add(WireCodec.decodeToScheduler(message.body()));
                    } catch (Exception broken) {
                        throw new AssertionError(broken);
                    }
                })
                .completion());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private void tell(ToWorker message) {
        tell(new Fenced(EPOCH, ++told, message));
    }

    private void tell(Fenced fenced) {
        vertx.eventBus().send(Addresses.worker("worker-1"), WireCodec.encode(fenced));
    }

    private void welcome() {
        tell(new ToWorker.Welcome(MODEL, new StepBudget(8, 16)));
    }

    private Census nextCensus(Predicate<Census> wanted) throws InterruptedException {
        while (true) {
            if (atScheduler.take() instanceof Census census && wanted.test(census)) {
                return census;
            }
        }
    }

    private void admit(GenerationRequest... requests) {
        tell(new ToWorker.Admit(MODEL, List.of(requests)));
    }

    private StepReport nextReport(Predicate<StepReport> wanted) throws InterruptedException {
        while (true) {
            if (atScheduler.take() instanceof StepReport report && wanted.test(report)) {
                return report;
            }
        }
    }

    private TokenChunk nextFinish() throws InterruptedException {
        TokenChunk chunk = atGateway.take();
        while (chunk.finish() == null) {
            chunk = atGateway.take();
        }
        return chunk;
    }

    @Test
    void saysWhoItIsUntilItIsWelcomeAndFromThenOn() throws Exception {
        for (int number = 1; number <= 3; number++) {
            assertThat(atScheduler.take())
                    .isEqualTo(new Census("worker-1", engine.describe(), OwnerWatch.NOBODY, number, 0, List.of()));
        }
        assertThat(worker.isReady()).isFalse();
        welcome();
        admit(request(1).maxTokens(1).build());
        engine.order(1);
        nextFinish();
        assertThat(worker.isReady()).isTrue();
        assertThat(engine.threadName).isEqualTo("gondola-steps-" + MODEL);
        assertThat(nextCensus(census -> census.seenNumber() == 2).epoch()).isEqualTo(EPOCH);
    }

    @Test
    void aStepThatTakesLongIsNotSilence() throws Exception {
        welcome();
        admit(request(1).build());
        engine.entered.acquire();
        // The engine is at work, and goes on until it is told otherwise.
        Census before = nextCensus(census -> census.seenNumber() == 2);
        assertThat(before.aboard()).extracting(ToScheduler.Aboard::ref).containsExactly(ref(1, 0));
        assertThat(nextCensus(census -> census.number() > before.number()).aboard())
                .isEqualTo(before.aboard());
        assertThat(engine.batches).hasSize(1);
    }

    @Test
    void whatHasBeenReportedIsInNoCensus() throws Exception {
        welcome();
        admit(request(1).maxTokens(1).build());
        engine.order(1);
        nextReport(report -> !report.finished().isEmpty());
        Census next = nextCensus(census -> true);
        assertThat(next.seenNumber()).isEqualTo(2);
        assertThat(nextCensus(census -> true).aboard()).isEmpty();
    }

    @Test
    void messagesOfAnOwnerThatWasReplacedAndRepeatedOnesDoNothing() throws Exception {
        listenAsScheduler(Addresses.scheduler(MODEL, EPOCH + 1), atScheduler);
        welcome();
        admit(request(1).maxTokens(1).build());
        tell(new Fenced(
                EPOCH, told, new ToWorker.Admit(MODEL, List.of(request(2).build()))));
        vertx.eventBus().publish(Addresses.ownerAlive(MODEL), WireCodec.encode(new OwnerAlive(MODEL, EPOCH + 1)));
        tell(new Fenced(EPOCH + 1, 1, new ToWorker.Welcome(MODEL, new StepBudget(8, 16))));
        admit(request(3).build());
        tell(new Fenced(
                EPOCH + 1,
                2,
                new ToWorker.Admit(MODEL, List.of(request(4).maxTokens(1).build()))));
        engine.order(2);
        assertThat(List.of(nextFinish().ref(), nextFinish().ref())).containsExactlyInAnyOrder(ref(1, 0), ref(4, 0));
        Census last = nextCensus(census -> census.epoch() == EPOCH + 1 && census.seenNumber() == 2);
        assertThat(last.aboard()).extracting(ToScheduler.Aboard::ref).doesNotContain(ref(2, 0), ref(3, 0));
        assertThat(atGateway).isEmpty();
    }

    @Test
    void aNewOwnerIsToldAtOnceWhoIsAboard() throws Exception {
        welcome();
        admit(request(1).build());
        engine.entered.acquire();
        BlockingQueue<ToScheduler> atNewOwner = new LinkedBlockingQueue<>();
        listenAsScheduler(Addresses.scheduler(MODEL, EPOCH + 1), atNewOwner);
        vertx.eventBus().publish(Addresses.ownerAlive(MODEL), WireCodec.encode(new OwnerAlive(MODEL, EPOCH + 1)));
        Census census = (Census) atNewOwner.take();
        assertThat(census.epoch()).isEqualTo(OwnerWatch.NOBODY);
        assertThat(census.aboard()).extracting(ToScheduler.Aboard::ref).containsExactly(ref(1, 0));
        assertThat(worker.isReady()).isFalse();
    }

    @Test
    void cancellationDuringAStepFreesTheSlotBeforeTheNext() throws Exception {
        welcome();
        admit(
                request(1).promptOfLength(40).build(),
                request(2).prompt(1).maxTokens(60).build());
        engine.entered.acquire();
        // One is in prefill, one in its first step, and the engine is at work: both leave before its next step.
        admit(request(3).build());
        tell(new ToWorker.Revoke(MODEL, List.of(ref(1, 0), ref(2, 0), ref(3, 0))));
        // The bus delivers in order to one address, so a refusal of this means that the revocation is in the inbox.
        GenerationRequest[] tooMany = IntStream.range(100, 165)
                .mapToObj(number -> request(number).build())
                .toArray(GenerationRequest[]::new);
        admit(tooMany);
        for (GenerationRequest refused : tooMany) {
            assertThat(nextFinish().ref()).isEqualTo(refused.ref());
        }
        nextReport(sent -> sent.finished().size() == tooMany.length);
        engine.order(1);
        StepReport report = nextReport(sent -> !sent.finished().isEmpty());
        assertThat(report.finished()).extracting(Finished::reason).containsOnly(FinishReason.CANCELLED);
        assertThat(report.finished())
                .extracting(Finished::ref)
                .containsExactlyInAnyOrder(ref(1, 0), ref(2, 0), ref(3, 0));
        assertThat(report.sequences()).isZero();
        assertThat(report.kvTokens()).isZero();
        assertThat(engine.batches).hasSize(1);
    }

    @Test
    void malformedMessagesAreCountedAndDropped() throws Exception {
        welcome();
        vertx.eventBus().send(Addresses.worker("worker-1"), Buffer.buffer(new byte[] {1, 99, 3}));
        admit(request(1).maxTokens(1).build());
        engine.order(1);
        assertThat(nextFinish().finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(registry.get("gondola.malformed.messages")
                        .tag("role", "worker")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aFullInboxRefusesInsteadOfWaiting() throws Exception {
        welcome();
        admit(request(1).maxTokens(50).build());
        engine.entered.acquire();
        for (int number = 2; number < 70; number++) {
            admit(request(number).build());
        }
        TokenChunk refused = nextFinish();
        assertThat(refused.finish()).isEqualTo(FinishReason.ERROR);
        assertThat(refused.error()).contains("overloaded");
        assertThat(nextReport(report -> !report.finished().isEmpty())
                        .finished()
                        .get(0)
                        .ref())
                .isEqualTo(refused.ref());
    }

    @Test
    void stepsThatFailInARowTakeTheModelOutOfService() throws Exception {
        welcome();
        for (int i = 0; i < 3; i++) {
            engine.failures.add(new EngineException("broken"));
        }
        engine.order(3);
        for (int number = 1; number <= 3; number++) {
            admit(request(number).build());
            assertThat(nextFinish().finish()).isEqualTo(FinishReason.ERROR);
        }
        while (!(atScheduler.take() instanceof ToScheduler.WorkerLeft)) {
            // Reports come before it.
        }
        assertThat(worker.isReady()).isFalse();
    }

    @Test
    void leavesInOrder() throws Exception {
        welcome();
        admit(request(1).maxTokens(50).build());
        engine.entered.acquire();
        Future<Void> closed = worker.close();
        assertThat(worker.close()).isSameAs(closed);
        while (!(atScheduler.take() instanceof ToScheduler.WorkerLeft)) {
            // Joins come before it.
        }
        assertThat(engine.closed).as("the step still runs").isFalse();
        engine.order(1);
        await(closed);
        assertThat(engine.closed).isTrue();
        assertThat(atGateway).as("nothing after WorkerLeft").isEmpty();
        assertThat(registry.find("gondola.sequences.aboard").gauge()).isNull();
    }

    @Test
    void parksWhileNothingIsAboard() throws Exception {
        welcome();
        admit(request(1).maxTokens(1).build());
        engine.order(1);
        nextFinish();
        Thread loop = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("gondola-steps-" + MODEL))
                .findFirst()
                .orElseThrow();
        while (loop.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertThat(engine.batches).hasSize(1);
    }

    @Test
    void needsEnginesOfDistinctModels() {
        assertThatThrownBy(() -> GpuWorker.start(vertx, CONFIG, List.<InferenceEngine>of(), registry))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GpuWorker.start(vertx, CONFIG, List.of(engine, engine), registry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(MODEL);
    }
}
