package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.worker.engine.Device;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LanesTest {

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void lanesWorkSideBySideEachInItsThread() {
        try (Lanes lanes = new Lanes(2)) {
            Map<Integer, Thread> first = new ConcurrentHashMap<>();
            Map<Integer, Thread> second = new ConcurrentHashMap<>();
            // Neither passes before the other is there.
            CyclicBarrier barrier = new CyclicBarrier(2);
            for (Map<Integer, Thread> threads : List.of(first, second)) {
                lanes.run(List.of(1, 0), lane -> {
                    meet(barrier);
                    threads.put(lane, Thread.currentThread());
                });
            }
            assertThat(first).hasSize(2).isEqualTo(second).containsEntry(0, Thread.currentThread());
            lanes.run(List.of(1), lane -> first.remove(lane));
            assertThat(first).containsOnlyKeys(0);
        }
    }

    @Test
    void aFailureIsThrownOnceAllAreDone() {
        try (Lanes lanes = new Lanes(2)) {
            for (int bad : new int[] {0, 1}) {
                List<Integer> done = new ArrayList<>();
                CyclicBarrier barrier = new CyclicBarrier(2);
                assertThatThrownBy(() -> lanes.run(List.of(0, 1), lane -> {
                            meet(barrier);
                            if (lane == bad) {
                                throw new OutOfMemoryError("lane " + lane);
                            }
                            done.add(lane);
                        }))
                        .isInstanceOf(OutOfMemoryError.class)
                        .hasMessage("lane " + bad);
                assertThat(done).containsExactly(1 - bad);
            }
        }
    }

    @Test
    void anInterruptDoesNotLeaveALaneBehind() {
        try (Lanes lanes = new Lanes(2)) {
            List<Integer> done = new ArrayList<>();
            Thread.currentThread().interrupt();
            lanes.run(List.of(1), done::add);
            assertThat(done).containsExactly(1);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aLaneForEachOfTwoThreads() {
        Device gpu = new Device(Device.Kind.GPU, 0);
        assertThat(Devices.lanes(1, Device.CPU)).isEqualTo(1);
        assertThat(Devices.lanes(2, Device.CPU)).isEqualTo(2);
        assertThat(Devices.lanes(16, Device.CPU)).isEqualTo(2);
        assertThat(Devices.lanes(16, gpu)).isEqualTo(1);
        assertThat(Devices.threadsOfOperation(1, Device.CPU)).isEqualTo(1);
        assertThat(Devices.threadsOfOperation(2, Device.CPU)).isEqualTo(1);
        assertThat(Devices.threadsOfOperation(16, Device.CPU)).isEqualTo(16);
        assertThat(Devices.threadsOfOperation(16, gpu)).isEqualTo(16);
    }

    /** Sequences of all lengths that come and go in both lanes, and change lanes: the tokens are the reference's. */
    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"F32", "INT8"})
    void inTwoLanesSequencesAnswerAsInOne(Precision precision) throws Exception {
        List<int[]> inTwo = answers(precision, 2);
        List<int[]> inOne = answers(precision, 1);
        for (int i = 0; i < inOne.size(); i++) {
            assertThat(inTwo.get(i)).as("sequence %s", i).isEqualTo(inOne.get(i));
            if (precision == Precision.F32) {
                assertThat(inTwo.get(i))
                        .as("sequence %s", i)
                        .isEqualTo(reference(i).greedy());
            }
        }
    }

    private static ReferenceCases.Case reference(int index) throws EngineException {
        List<ReferenceCases.Case> cases = ReferenceCases.of("tiny-llama");
        return cases.get(index % cases.size());
    }

    private static List<int[]> answers(Precision precision, int threads) throws EngineException {
        int count = 12;
        EngineOptions options =
                EngineOptions.ofSlots(count).withPrecision(precision).withThreads(threads);
        List<int[]> answers = new ArrayList<>();
        List<Ride> waiting = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Ride ride = Ride.greedy(reference(i).prompt(), reference(i).greedy().length);
            ride.slot = i;
            waiting.add(ride);
        }
        List<Ride> all = List.copyOf(waiting);
        List<Ride> aboard = new ArrayList<>();
        try (TensorFlowEngine engine =
                TensorFlowEngine.load("m", ReferenceCases.directory("tiny-llama"), options, LoadProgress.NONE)) {
            while (!waiting.isEmpty() || !aboard.isEmpty()) {
                for (int i = 0; i < 3 && !waiting.isEmpty(); i++) {
                    aboard.add(waiting.remove(0));
                }
                step(engine, aboard);
                aboard.stream().filter(Ride::isDone).forEach(ride -> engine.release(ride.slot));
                aboard.removeIf(Ride::isDone);
            }
        }
        all.forEach(ride -> answers.add(ride.output()));
        return answers;
    }

    private static void step(TensorFlowEngine engine, List<Ride> aboard) throws EngineException {
        List<StepRow> rows = aboard.stream().map(ride -> ride.next(7)).toList();
        List<RowResult> results = engine.step(new StepBatch(rows)).rows();
        for (int i = 0; i < rows.size(); i++) {
            aboard.get(i).onResult(rows.get(i), results.get(i));
        }
    }
}
