package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.standalone.cluster.Outcome.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutcomeTest {

    private static final String RIGHT = "The KV cache stores the attention keys and values of all tokens so far.";

    @Test
    void aPieceThatIsNotThereIsMissing() {
        assertThat(Fault.of(RIGHT.replace("attention ", ""), RIGHT)).isEqualTo(Fault.MISSING);
        assertThat(Fault.of(RIGHT.substring(0, 30), RIGHT)).isEqualTo(Fault.MISSING);
        assertThat(Fault.of("", RIGHT)).isEqualTo(Fault.MISSING);
    }

    @Test
    void aPieceThatIsThereTwiceIsRepeated() {
        assertThat(Fault.of(RIGHT.replace("attention ", "attention attention "), RIGHT))
                .isEqualTo(Fault.REPEATED);
        assertThat(Fault.of(RIGHT + " far.", RIGHT)).isEqualTo(Fault.REPEATED);
    }

    @Test
    void anotherEndIsDifferent() {
        assertThat(Fault.of("The KV cache stores what earlier passes have computed, once.", RIGHT))
                .isEqualTo(Fault.DIFFERENT);
    }

    @Test
    void aQuantileIsAValueThatWasSeen() {
        assertThat(Outcome.quantile(List.of(1L, 2L, 3L, 9L), 0.5)).isEqualTo(2);
        assertThat(Outcome.quantile(List.of(1L, 2L, 3L, 9L), 0.99)).isEqualTo(9);
        assertThat(Outcome.quantile(List.of(), 0.99)).isZero();
    }
}
