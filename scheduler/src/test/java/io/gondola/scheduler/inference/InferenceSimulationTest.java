package io.gondola.scheduler.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Random worlds: requests, cancellations, workers that come, go and lose batches. A failure names its seed. */
class InferenceSimulationTest {

    private static final int SEEDS = 400;
    private static final int STEPS = 300;

    @Test
    void whateverHappensEachInferenceEndsOnceAndBatchesAreSound() {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                new World(seed).live();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("seed " + seed, failure);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameEffects() {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(new World(seed).live()).as("seed %d", seed).isEqualTo(new World(seed).live());
        }
    }

    private static final class World {

        private final SplittableRandom random;
        private final BatchingWorld world =
                new BatchingWorld(InferenceLimits.defaults().withYoungNanos(0).withQueueMax(40, 2_000));
        private final BatchingSettings batching;
        private final Map<Long, BatchingWorld.Run> running = new HashMap<>();
        private final Set<String> workers = new TreeSet<>();
        private final Map<Long, InferenceRequest> asked = new HashMap<>();
        private final Map<Long, Integer> timesRun = new HashMap<>();
        private long lastNumber;

        World(long seed) {
            random = new SplittableRandom(seed);
            int size = random.nextInt(9);
            int[] preferred = size >= 4 && random.nextBoolean() ? new int[] {2, 4} : new int[0];
            QueuePolicy policy = new QueuePolicy(
                    random.nextInt(3) * 10,
                    random.nextBoolean() ? QueuePolicy.TimeoutAction.REJECT : QueuePolicy.TimeoutAction.DELAY,
                    random.nextInt(3) * 20 * BatchingWorld.MILLI,
                    random.nextBoolean());
            batching = new BatchingSettings(
                    size,
                    preferred,
                    random.nextInt(3) * BatchingWorld.MILLI,
                    1 + random.nextInt(3),
                    List.of(policy, policy, policy),
                    random.nextBoolean() ? List.of() : List.of("x"));
        }

        List<InferenceEffect> live() {
            for (int i = 0; i < STEPS; i++) {
                step();
                check();
            }
            // All that is open comes to its end: workers finish, or the deadline passes.
            for (int i = 0; i < 5_000 && demand() > 0; i++) {
                List.copyOf(running.values()).forEach(this::finish);
                world.passMillis(100);
                check();
            }
            assertThat(demand()).as("what never ends").isZero();
            return world.effects;
        }

        private int demand() {
            return world.core()
                    .gauges()
                    .getOrDefault(BatchingWorld.MODEL, InferenceGauges.NONE)
                    .demand();
        }

        private void step() {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3, 4 -> submit();
                case 5 -> world.cancel(1 + random.nextLong(lastNumber + 1));
                case 6, 7 -> finishOne();
                case 8 -> load();
                case 9 -> lose();
                case 10 -> report();
                default -> world.passMillis(random.nextInt(30));
            }
        }

        private void submit() {
            BatchingWorld.Ask ask = world.ask(++lastNumber)
                    .rows(1 + random.nextInt(4))
                    .width(1 + random.nextInt(3))
                    .tenant("t" + random.nextInt(3))
                    .ofClass(RequestClass.values()[random.nextInt(3)])
                    .timeoutMillis(random.nextInt(10) == 0 ? 0 : 50 + random.nextInt(2_000))
                    .queueTimeoutMillis(random.nextInt(30));
            asked.put(lastNumber, ask.request());
            ask.submit();
        }

        private void finishOne() {
            if (!running.isEmpty()) {
                List<Long> ids = running.keySet().stream().sorted().toList();
                BatchingWorld.Run run = running.get(ids.get(random.nextInt(ids.size())));
                if (run != null) {
                    finish(run);
                }
            }
        }

        private void finish(BatchingWorld.Run run) {
            running.remove(run.message().batchId());
            world.finish(run);
        }

        private void load() {
            String workerId = "w" + random.nextInt(3);
            long version = 1 + random.nextInt(2);
            workers.add(workerId);
            int kind = random.nextInt(8);
            if (kind < 2) {
                world.tell(new ToInferenceScheduler.ModelLeaving(workerId, BatchingWorld.MODEL, version));
            } else if (kind == 2) {
                world.tell(new ToInferenceScheduler.ModelDraining(workerId, BatchingWorld.MODEL, version));
            } else {
                world.worker(workerId, version, batching);
            }
        }

        private void lose() {
            if (random.nextInt(4) == 0) {
                String workerId = "w" + random.nextInt(3);
                running.values().removeIf(run -> run.workerId().equals(workerId));
                world.tell(new ToInferenceScheduler.WorkerGone(workerId));
            } else if (random.nextInt(4) == 0 && !running.isEmpty()) {
                // The message to the worker was lost: nobody will ever say that this batch is done.
                running.remove(running.keySet().stream().sorted().findFirst().orElseThrow());
            } else if (random.nextInt(8) == 0) {
                world.gatewayLost("gw");
            }
        }

        private void report() {
            for (String workerId : workers) {
                for (long version = 1; version <= 2; version++) {
                    long of = version;
                    List<Long> ids = running.values().stream()
                            .filter(run -> run.workerId().equals(workerId)
                                    && run.message().version() == of)
                            .map(run -> run.message().batchId())
                            .sorted()
                            .toList();
                    world.tell(new ToInferenceScheduler.WorkerAlive(
                            workerId,
                            List.of(new ToInferenceScheduler.Running(
                                    BatchingWorld.MODEL, version, ids, ModelStatistics.NONE))));
                }
            }
        }

        private void check() {
            for (BatchingWorld.Run run : world.takeRuns()) {
                checkBatch(run.message());
                running.put(run.message().batchId(), run);
                run.numbers().forEach(number -> timesRun.merge(number, 1, Integer::sum));
                assertThat(new HashSet<>(run.numbers())).hasSameSizeAs(run.numbers());
            }
            timesRun.values().forEach(times -> assertThat(times)
                    .isLessThanOrEqualTo(InferenceLimits.defaults().loss().runsMax()));
            checkEnds();
        }

        private void checkBatch(ToInferenceWorker.RunBatch batch) {
            long rows =
                    batch.requests().stream().mapToLong(InferenceRequest::rows).sum();
            boolean isSingle = batch.requests().size() == 1;
            assertThat(isSingle || rows <= batching.maxBatchSize())
                    .as("rows %d", rows)
                    .isTrue();
            InferenceRequest first = batch.requests().get(0);
            for (InferenceRequest request : batch.requests()) {
                assertThat(request.timeoutNanos()).as("not overdue").isPositive();
                if (batching.paddedInputs().isEmpty()) {
                    assertThat(request.inputs().get(0).shape()[1])
                            .isEqualTo(first.inputs().get(0).shape()[1]);
                }
            }
            assertThat(batch.queueNanos()).allMatch(nanos -> nanos >= 0);
        }

        private void checkEnds() {
            Set<Long> ended = new HashSet<>();
            for (InferenceEffect effect : world.effects) {
                if (effect instanceof InferenceEffect.Ended end) {
                    assertThat(ended.add(end.id().low()))
                            .as("%s ends once", end.id())
                            .isTrue();
                }
            }
            assertThat(asked.keySet()).containsAll(ended);
            assertThat(demand()).as("what has not ended waits or runs").isEqualTo(asked.size() - ended.size());
        }
    }
}
