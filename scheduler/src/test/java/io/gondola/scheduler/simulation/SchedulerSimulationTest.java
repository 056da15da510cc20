package io.gondola.scheduler.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Worlds from seeds. A failure names its seed; {@code -Dgondola.sim.seeds=N} and {@code -Dgondola.sim.first=S} choose. */
class SchedulerSimulationTest {

    private static final long SEEDS = Long.getLong("gondola.sim.seeds", 2_000);
    private static final int TRACED_SEEDS = 20;
    private static final long FIRST = Long.getLong("gondola.sim.first", 1);

    @Test
    void whateverHappensEveryGenerationEndsOnceAndNothingLeaks() {
        Map<SimGateway.Outcome, Long> outcomes = new EnumMap<>(SimGateway.Outcome.class);
        Map<Effect.End, Long> ends = new EnumMap<>(Effect.End.class);
        long events = 0;
        long lost = 0;
        long overtaken = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            SimScenario scenario = SimScenario.run(seed, false);
            scenario.world.ends.forEach((end, count) -> ends.merge(end, count, Long::sum));
            events += scenario.world.schedulerEvents();
            lost += scenario.world.network.lost();
            overtaken += scenario.world.network.overtaken();
            for (SimGateway.Outcome outcome : SimGateway.Outcome.values()) {
                outcomes.merge(outcome, scenario.count(outcome), Long::sum);
            }
        }
        System.out.println("simulation: " + SEEDS + " seeds from " + FIRST + ", " + events + " events, " + lost
                + " messages lost, " + overtaken + " late, " + outcomes + ", " + ends);
        assertThat(SEEDS < 100 || lost > SEEDS && overtaken > SEEDS).isTrue();
        // A simulation in which some ending never happens proves nothing about it.
        assertThat(outcomes.get(SimGateway.Outcome.OPEN)).isZero();
        for (SimGateway.Outcome outcome : SimGateway.Outcome.values()) {
            if (outcome != SimGateway.Outcome.OPEN && SEEDS >= 100) {
                assertThat(outcomes.get(outcome)).as(outcome.name()).isPositive();
            }
        }
        for (Effect.End end : Effect.End.values()) {
            assertThat(ends.getOrDefault(end, 0L) > 0 || SEEDS < 100)
                    .as(end.name())
                    .isTrue();
        }
    }

    /** After a change of owners one worker is more than may be, and has an attempt that another one is given as well. */
    @Test
    void whatARefusedWorkerHadIsNotComputedTwice() {
        long seed = 1_018_732;
        assertThat(SimScenario.run(seed, false).count(SimGateway.Outcome.OPEN)).isZero();
        UnaryOperator<List<Effect>> unsaid = effects -> effects.stream()
                .filter(effect ->
                        !(effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Refused))
                .toList();
        assertThatThrownBy(() -> SimScenario.run(seed, false, unsaid, Set.of())).hasMessageContaining("in vain");
    }

    @Test
    void theSameSeedGivesTheSameTraceByteForByteInAnyJvm() throws Exception {
        List<String> here = new ArrayList<>();
        for (long seed = FIRST; seed < FIRST + TRACED_SEEDS; seed++) {
            here.add(TraceDigests.of(seed));
        }
        assertThat(here).as("each seed has a trace of its own").doesNotHaveDuplicates();
        // The order of what has no order differs from JVM to JVM: by identity hashes, and by the salt of immutable
        // sets.
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UnlockExperimentalVMOptions",
                        "-XX:hashCode=2",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TraceDigests.class.getName(),
                        String.valueOf(FIRST),
                        String.valueOf(FIRST + TRACED_SEEDS))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> there = other.inputReader().lines().toList();
        assertThat(other.waitFor()).isZero();
        assertThat(there).isEqualTo(here);
    }
}
