package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.WaitReason;
import org.junit.jupiter.api.Test;

class ServerTimingTest {

    private static final long MILLI = 1_000_000;

    private static AttemptStart start(long prefillMillis, long waitMillis, WaitReason reason) {
        return new AttemptStart(0, prefillMillis * MILLI, new QueueWait(waitMillis * MILLI, reason));
    }

    @Test
    void saysAsMuchAsIsKnown() {
        ServerTiming timing = new ServerTiming(5 * MILLI, 1);
        assertThat(timing.value(7 * MILLI)).isEqualTo("admission;dur=2.0");
        timing.onAccepted(8 * MILLI);
        assertThat(timing.value(8 * MILLI)).isEqualTo("admission;dur=3.0");
        assertThat(timing.value(8 * MILLI + 150_000)).isEqualTo("admission;dur=3.0, queue;dur=0.1");
        timing.onStart(0, 0, start(20, 10, WaitReason.NO_KV_ROOM));
        timing.onTokens(40 * MILLI);
        timing.onTokens(50 * MILLI);
        assertThat(timing.value(100_000 * MILLI))
                .isEqualTo("admission;dur=3.0, queue;dur=10.0;desc=\"no_kv_room\", prefill;dur=20.0, "
                        + "decode;dur=99960.0");
    }

    @Test
    void attemptsAddUpAndARepeatedChunkDoesNot() {
        ServerTiming timing = new ServerTiming(0, 2);
        timing.onAccepted(MILLI);
        timing.onStart(0, 0, start(3, 10, WaitReason.FAIRNESS));
        timing.onStart(0, 0, start(3, 10, WaitReason.FAIRNESS));
        timing.onStart(0, 1, start(4, 15, WaitReason.COLD_START));
        timing.onStart(1, 0, start(9, 24, WaitReason.NO_SLOT));
        assertThat(timing.value(2 * MILLI))
                .isEqualTo("admission;dur=1.0, queue;dur=25.0;desc=\"cold_start\", prefill;dur=9.0");
    }
}
