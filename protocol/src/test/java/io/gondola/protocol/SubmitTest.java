package io.gondola.protocol;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SubmitTest {

    private static GenerationRequest attempt(int attempt) {
        GenerationRef ref = new GenerationRef(new GenerationId(1, 2), attempt);
        return new ToScheduler.Aboard(ref, "gateway", "tenant", 1, RequestClass.STANDARD, 10).toRequest("m");
    }

    @Test
    void aGenerationIsInItOnce() {
        assertThatThrownBy(() -> new ToScheduler.Submit(List.of(attempt(0), attempt(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice");
    }
}
