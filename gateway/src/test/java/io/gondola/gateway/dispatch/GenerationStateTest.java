package io.gondola.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationStateTest {

    @Test
    void onlyTheseTransitionsAreLegal() {
        assertLegal(
                GenerationState.SUBMITTED,
                EnumSet.of(
                        GenerationState.SUBMITTED,
                        GenerationState.ACCEPTED,
                        GenerationState.RUNNING,
                        GenerationState.ENDED));
        assertLegal(
                GenerationState.ACCEPTED,
                EnumSet.of(GenerationState.SUBMITTED, GenerationState.RUNNING, GenerationState.ENDED));
        assertLegal(GenerationState.RUNNING, EnumSet.of(GenerationState.SUBMITTED, GenerationState.ENDED));
        assertLegal(GenerationState.ENDED, EnumSet.noneOf(GenerationState.class));
    }

    private static void assertLegal(GenerationState from, Set<GenerationState> legal) {
        for (GenerationState next : GenerationState.values()) {
            assertThat(from.canBecome(next)).as(from + " to " + next).isEqualTo(legal.contains(next));
        }
    }
}
