package io.gondola.worker.runtime;

import static io.gondola.worker.runtime.RequestBuilder.MODEL;
import static io.gondola.worker.runtime.RequestBuilder.ref;
import static io.gondola.worker.runtime.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.TokenChunk;
import io.gondola.worker.engine.simulated.CostModel;
import io.gondola.worker.engine.simulated.SimulatedEngine;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The step loop over the simulated engine, in virtual time. */
@Timeout(60)
class SimulatedRunTest {

    private static final int SLOTS = 6;

    private final VirtualClock clock = new VirtualClock();

    private StepCycle cycle(Outbox outbox, CostModel costs, int prefillTokensMax) {
        SimulatedModel model = new SimulatedModel(MODEL, 4096, 500, SLOTS, new int[] {0}, 0, 40);
        StepCycle cycle = new StepCycle(
                new SimulatedEngine(model, costs, clock),
                WorkerConfig.of("worker-1"),
                outbox,
                clock,
                new WorkerMetrics(new SimpleMeterRegistry(), MODEL));
        turn(cycle, new ToWorker.Welcome(MODEL, new StepBudget(SLOTS, prefillTokensMax)));
        return cycle;
    }

    private void turn(StepCycle cycle, ToWorker... messages) {
        List<Command> commands = new ArrayList<>();
        for (ToWorker message : messages) {
            commands.add(new Command(message, clock.getAsLong()));
        }
        cycle.turn(commands);
    }

    private static ToWorker admit(GenerationRequest request) {
        return new ToWorker.Admit(MODEL, List.of(request));
    }

    /**
     * With steps of 10 ms and 1 ms a prompt token, a prompt of 4000 tokens takes 4 s: streams must not feel it beyond
     * the prefill budget of a step.
     */
    @Test
    void aLongPromptStallsNobodysStream() {
        long stepNanos = 10_000_000;
        long prefillTokenNanos = 1_000_000;
        int prefillTokensMax = 64;
        Map<String, List<Long>> arrivals = new HashMap<>();
        RecordingOutbox kept = new RecordingOutbox();
        Outbox outbox = new Outbox() {
            @Override
            public void toScheduler(io.gondola.protocol.ToScheduler.StepReport report) {
                kept.toScheduler(report);
            }

            @Override
            public void toGateway(String gatewayId, io.gondola.protocol.ToGateway message) {
                kept.toGateway(gatewayId, message);
                arrivals.computeIfAbsent(gatewayId, absent -> new ArrayList<>()).add(clock.getAsLong());
            }
        };
        StepCycle cycle = cycle(outbox, new CostModel(stepNanos, 0, prefillTokenNanos), prefillTokensMax);
        turn(
                cycle,
                admit(request(1)
                        .gateway("stream")
                        .promptOfLength(4)
                        .maxTokens(200)
                        .build()));
        turn(cycle);
        long longPromptNanos = clock.getAsLong();
        turn(
                cycle,
                admit(request(2)
                        .gateway("long")
                        .promptOfLength(4000)
                        .maxTokens(5)
                        .build()));
        while (kept.chunks(ref(2, 0)).isEmpty()) {
            turn(cycle);
        }

        List<Long> stream = arrivals.get("stream");
        long worstGapNanos = 0;
        for (int i = 1; i < stream.size(); i++) {
            worstGapNanos = Math.max(worstGapNanos, stream.get(i) - stream.get(i - 1));
        }
        assertThat(clock.getAsLong() - longPromptNanos).as("the prompt itself").isGreaterThan(4_000_000_000L);
        assertThat(worstGapNanos).isLessThanOrEqualTo(stepNanos + prefillTokensMax * prefillTokenNanos);
        assertThat(stream.size()).as("a token in each of the prompt's steps").isGreaterThanOrEqualTo(63);
    }

    @Test
    void aShortPromptIsNotStuckBehindALongOne() {
        RecordingOutbox outbox = new RecordingOutbox();
        StepCycle cycle = cycle(outbox, CostModel.FREE, 64);
        turn(cycle, admit(request(1).promptOfLength(4000).build()));
        turn(cycle, admit(request(2).promptOfLength(30).build()));
        assertThat(outbox.tokens(ref(2, 0))).hasSize(1);
        assertThat(outbox.tokens(ref(1, 0))).isEmpty();
    }

    @Test
    void theSameTokensAloneAndInCompany() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            List<GenerationRequest> requests = new ArrayList<>();
            for (int number = 0; number < 30; number++) {
                requests.add(request(number)
                        .promptOfLength(1 + random.nextInt(200))
                        .seed(random.nextLong())
                        .maxTokens(1 + random.nextInt(60))
                        .stopTokens(0)
                        .topLogprobs(random.nextInt(4) - 1)
                        .build());
            }
            RecordingOutbox company = new RecordingOutbox();
            runMixed(requests, random, company);
            for (GenerationRequest request : requests) {
                RecordingOutbox alone = new RecordingOutbox();
                runMixed(List.of(request), random, alone);
                assertThat(company.tokens(request.ref()))
                        .as("seed %d, %s", seed, request)
                        .isEqualTo(alone.tokens(request.ref()));
                assertThat(company.finishes(request.ref())).isEqualTo(alone.finishes(request.ref()));
            }
        }
    }

    /** Boards the requests at random steps, never more than the slots. */
    private void runMixed(List<GenerationRequest> requests, Random random, RecordingOutbox outbox) {
        StepCycle cycle = cycle(outbox, CostModel.FREE, 1 + random.nextInt(64));
        int next = 0;
        while (next < requests.size() || !cycle.isIdle()) {
            int aboard = next - outbox.finished().size();
            if (next < requests.size() && aboard < SLOTS && random.nextInt(3) > 0) {
                turn(cycle, admit(requests.get(next++)));
            } else {
                turn(cycle);
            }
        }
    }

    @Test
    void aMovedGenerationGoesOnAsIfItHadNot() {
        GenerationRequest whole =
                request(1).promptOfLength(50).seed(9).maxTokens(30).build();
        RecordingOutbox unmoved = new RecordingOutbox();
        runMixed(List.of(whole), new Random(1), unmoved);
        List<Integer> expected = unmoved.tokens(whole.ref());
        for (int moved = 0; moved < 30; moved++) {
            int[] soFar =
                    expected.stream().limit(moved).mapToInt(Integer::intValue).toArray();
            RecordingOutbox outbox = new RecordingOutbox();
            GenerationRequest resumed = whole.nextAttempt(soFar, whole.timeoutNanos());
            runMixed(List.of(resumed), new Random(moved), outbox);
            List<Integer> all = new ArrayList<>(expected.subList(0, moved));
            all.addAll(outbox.tokens(resumed.ref(), moved));
            assertThat(all).as("moved behind %d tokens", moved).isEqualTo(expected);
        }
    }

    @Test
    void promptScoresAreTheSameInAnyChunks() {
        GenerationRequest scored = request(1)
                .promptOfLength(90)
                .maxTokens(2)
                .promptLogprobs()
                .topLogprobs(3)
                .build();
        TokenChunk first = null;
        for (int prefillTokensMax : new int[] {1, 7, 89, 90, 500}) {
            RecordingOutbox outbox = new RecordingOutbox();
            StepCycle cycle = cycle(outbox, CostModel.FREE, prefillTokensMax);
            turn(cycle, admit(scored));
            while (!cycle.isIdle()) {
                turn(cycle);
            }
            TokenChunk chunk = outbox.chunks(ref(1, 0)).get(0);
            first = first == null ? chunk : first;
            assertThat(chunk.promptLogprobs()).hasSize(90).isEqualTo(first.promptLogprobs());
            assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.LENGTH);
        }
    }
}
