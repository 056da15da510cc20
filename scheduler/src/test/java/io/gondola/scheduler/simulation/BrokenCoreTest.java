package io.gondola.scheduler.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulation finds what is broken: every one of these cores is caught within a few seeds. */
class BrokenCoreTest {

    private static final int SEEDS_MAX = 60;
    /** Some losses are felt only where they meet a long output, so these take more. */
    private static final int MENDING_SEEDS_MAX = 1_500;

    /** A way to break a core, and what is said of it. */
    record Break(String name, String complaint, Function<Effect, List<Effect>> of)
            implements UnaryOperator<List<Effect>> {

        @Override
        public List<Effect> apply(List<Effect> effects) {
            List<Effect> broken = new ArrayList<>();
            effects.forEach(effect -> broken.addAll(of.apply(effect)));
            return broken;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Break> breaks() {
        return Stream.of(
                new Break(
                        "an end is kept secret",
                        "not ended",
                        effect -> effect instanceof Effect.Ended ended && ended.end() == Effect.End.FINISHED
                                ? List.of()
                                : List.of(effect)),
                new Break(
                        "an end is told twice",
                        "ends twice",
                        effect -> effect instanceof Effect.Ended ? List.of(effect, effect) : List.of(effect)),
                new Break(
                        "one boards twice",
                        "boards while ABOARD",
                        effect -> isAdmit(effect) ? List.of(effect, effect) : List.of(effect)),
                new Break("nobody is let aboard", "really", effect -> isAdmit(effect) ? List.of() : List.of(effect)),
                new Break(
                        "one boards elsewhere",
                        "boards unknown",
                        effect -> isAdmit(effect)
                                ? List.of(new Effect.TellWorker("nobody", ((Effect.TellWorker) effect).fenced()))
                                : List.of(effect)),
                new Break(
                        "a worker is welcomed by nobody",
                        "workers",
                        effect -> effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Welcome
                                ? List.of()
                                : List.of(effect)),
                new Break(
                        "a loss is not told",
                        "never ended",
                        effect -> effect instanceof Effect.TellGateway tell
                                        && tell.message() instanceof ToGateway.AttemptLost
                                ? List.of()
                                : List.of(effect)),
                new Break(
                        "those aboard are revoked at once",
                        "revoked for no reason",
                        effect -> effect instanceof Effect.TellWorker tell
                                        && tell.message() instanceof ToWorker.Admit admit
                                        && admit.generations().stream().noneMatch(BrokenCoreTest::mayBeRevoked)
                                ? List.of(effect, revoke(tell, admit))
                                : List.of(effect)));
    }

    private static boolean mayBeRevoked(GenerationRequest request) {
        return request.requestClass() == RequestClass.BATCH;
    }

    private static boolean isAdmit(Effect effect) {
        return effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Admit;
    }

    private static Effect revoke(Effect.TellWorker tell, ToWorker.Admit admit) {
        return new Effect.TellWorker(
                tell.workerId(),
                new Fenced(
                        tell.fenced().epoch(),
                        tell.fenced().number(),
                        new ToWorker.Revoke(
                                admit.model(),
                                admit.generations().stream()
                                        .map(request -> request.ref())
                                        .toList())));
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void aBrokenCoreIsFound(Break broken) {
        for (long seed = 1; seed <= SEEDS_MAX; seed++) {
            try {
                SimScenario.run(seed, false, broken, Set.of());
            } catch (AssertionError found) {
                assertThat(found).hasMessageContaining("seed " + seed).hasMessageContaining(broken.complaint());
                return;
            }
        }
        throw new AssertionError(broken + " was not found in " + SEEDS_MAX + " seeds");
    }

    /** What is said of a world in which nobody does this. */
    private static String complaint(Mending left) {
        return switch (left) {
            case INQUIRY, SUBMIT_AGAIN -> "never ended";
            case CANCEL_AGAIN, REVOKE_AGAIN -> "in vain";
            case GAP -> "wrong token";
            case CENSUS -> "lives, and is given up";
            case CENSUS_MISSING -> "has a slot kept for";
            case OWNER_ALIVE -> "and the owner is";
        };
    }

    /** Each way of mending what was lost is needed: a world in which nobody does it goes wrong within a few seeds. */
    @ParameterizedTest
    @EnumSource(Mending.class)
    void whatNobodyMendsIsFound(Mending left) {
        for (long seed = 1; seed <= MENDING_SEEDS_MAX; seed++) {
            try {
                SimScenario.run(seed, false, effects -> effects, Set.of(left));
            } catch (AssertionError found) {
                assertThat(found).hasMessageContaining("seed " + seed).hasMessageContaining(complaint(left));
                SimScenario.run(seed, false); // With everything done all is well there.
                return;
            }
        }
        throw new AssertionError("without " + left + " nothing went wrong in " + MENDING_SEEDS_MAX + " seeds");
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void theWayToItIsShort(Break broken) {
        for (long seed = 1; seed <= SEEDS_MAX; seed++) {
            try {
                SimScenario.run(seed, false, broken, Set.of());
            } catch (AssertionError found) {
                // Some requests and what they met: never the whole load.
                assertThat(found.getMessage())
                        .containsPattern("shortest way found has ([0-9]|1[0-2]) of \\d+ happenings");
                long again = seed;
                assertThatThrownBy(() -> SimScenario.run(again, false, broken, Set.of()))
                        .hasMessage(found.getMessage());
                return;
            }
        }
        throw new AssertionError(broken + " was not found in " + SEEDS_MAX + " seeds");
    }
}
