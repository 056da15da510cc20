package io.gondola.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OwnerWatchTest {

    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(OwnerWatch.SILENCE_MILLIS);
    /** As a clock may read: the origin is anywhere. */
    private static final long START = Long.MAX_VALUE - SILENCE_NANOS;

    private final OwnerWatch watch = new OwnerWatch();

    @Test
    void atFirstThereIsNobody() {
        assertThat(watch.epochAt(START)).isEqualTo(OwnerWatch.NOBODY);
        assertThat(watch.tryHeed(5, START)).isTrue();
        assertThat(watch.epochAt(START)).isEqualTo(5);
    }

    @Test
    void aLaterOwnerReplacesAnEarlierOneAndNotTheOtherWayRound() {
        watch.tryHeed(5, START);
        assertThat(watch.tryHeed(6, START + 1)).isTrue();
        assertThat(watch.tryHeed(5, START + 2)).isFalse();
        assertThat(watch.epochAt(START + 2)).isEqualTo(6);
    }

    @Test
    void anOwnerWithASlowClockIsHeededWhenTheOtherHasFallenSilent() {
        watch.tryHeed(6, START);
        assertThat(watch.tryHeed(5, START + SILENCE_NANOS - 1)).isFalse();
        // Beyond the end of the clock's range, as after a long run.
        assertThat(watch.epochAt(START + SILENCE_NANOS)).isEqualTo(OwnerWatch.NOBODY);
        assertThat(watch.tryHeed(5, START + SILENCE_NANOS)).isTrue();
        assertThat(watch.epochAt(START + SILENCE_NANOS)).isEqualTo(5);
    }

    @Test
    void hearingFromAnOwnerKeepsIt() {
        watch.tryHeed(6, START);
        watch.tryHeed(6, START + SILENCE_NANOS - 1);
        assertThat(watch.tryHeed(5, START + SILENCE_NANOS)).isFalse();
    }

    @Test
    void noMessageComesFromNobody() {
        assertThat(watch.tryHeed(-1, START)).isFalse();
        assertThat(watch.epochAt(START)).isEqualTo(OwnerWatch.NOBODY);
    }
}
