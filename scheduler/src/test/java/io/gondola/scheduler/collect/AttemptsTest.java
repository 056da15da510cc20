package io.gondola.scheduler.collect;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.Rejection;
import org.junit.jupiter.api.Test;

class AttemptsTest {

    private static final Rejection FULL = new Rejection(Rejection.Reason.QUEUE_REQUESTS_FULL, "queueRequestsMax", 3, 0);

    private static final class One extends Attempts.Open {
        One(long id, int attempt) {
            super(ref(id, attempt));
        }
    }

    private final Attempts<One> attempts = new Attempts<>(2);

    private static GenerationRef ref(long id, int attempt) {
        return new GenerationRef(new GenerationId(7, id), attempt);
    }

    private One open(long id, int attempt) {
        One one = new One(id, attempt);
        attempts.onOpened(one);
        return one;
    }

    @Test
    void anAttemptIsNewsOnce() {
        assertThat(attempts.isNews(ref(1, 0))).isTrue();
        One one = open(1, 0);
        assertThat(attempts.isNews(ref(1, 0))).isFalse();
        assertThat(attempts.hasEnded(ref(1, 0))).isFalse();
        assertThat(attempts.tryGet(one.ref.id())).isSameAs(one);
        attempts.onOver(one, null);
        assertThat(attempts.tryGet(one.ref.id())).isNull();
        assertThat(attempts.isNews(ref(1, 0))).isFalse();
        assertThat(attempts.hasEnded(ref(1, 0))).isTrue();
        assertThat(attempts.isNews(ref(1, 1))).isTrue();
    }

    @Test
    void olderAttemptsAreFoundUntilTheyAreOver() {
        One first = open(1, 0);
        One second = open(1, 1);
        One third = open(1, 2);
        assertThat(attempts.tryGet(first.ref.id())).isSameAs(third);
        assertThat(attempts.hasEnded(ref(1, 1)))
                .as("it counts for nothing any more")
                .isTrue();
        attempts.onOver(second, null);
        assertThat(attempts.tryFind(ref(1, 1), one -> true)).isNull();
        assertThat(attempts.tryFind(ref(1, 0), one -> true)).isSameAs(first);
        assertThat(attempts.tryFind(ref(1, 0), one -> one != first)).isNull();
        attempts.onOver(third, null);
        assertThat(attempts.tryGet(first.ref.id())).as("the newest has ended").isNull();
        assertThat(attempts.tryFind(ref(1, 0), one -> true)).isSameAs(first);
        One fourth = open(1, 3);
        assertThat(attempts.tryFind(ref(1, 0), one -> true)).isSameAs(first);
        attempts.onOver(first, null);
        assertThat(attempts.tryFind(ref(1, 0), one -> true)).isNull();
        assertThat(attempts.open()).containsExactly(fourth);
    }

    @Test
    void whatWasRefusedIsKnownWithItsReason() {
        One first = open(1, 0);
        attempts.onRefused(ref(1, 1), FULL);
        assertThat(attempts.tryRejection(ref(1, 1))).isEqualTo(FULL);
        assertThat(attempts.tryRejection(ref(1, 0))).isNull();
        assertThat(attempts.tryFind(ref(1, 0), one -> true)).isSameAs(first);
        attempts.onRefused(ref(1, 0), null);
        assertThat(attempts.tryRejection(ref(1, 1)))
                .as("an older one changes nothing")
                .isEqualTo(FULL);
    }

    @Test
    void thoseThatEndedLastAreRemembered() {
        attempts.onOver(open(1, 0), null);
        attempts.onRefused(ref(2, 0), FULL);
        One older = open(3, 0);
        attempts.onRefused(ref(3, 1), null);
        assertThat(attempts.hasEnded(ref(1, 0))).isFalse();
        assertThat(attempts.hasEnded(ref(2, 0))).isTrue();
        attempts.onOver(open(4, 0), null);
        attempts.onOver(open(5, 0), null);
        assertThat(attempts.isNews(ref(2, 0))).isTrue();
        assertThat(attempts.tryFind(ref(3, 0), one -> true))
                .as("what is not over is not forgotten")
                .isSameAs(older);
        attempts.onOver(older, null);
        assertThat(attempts.open()).isEmpty();
    }

    @Test
    void aNewerAttemptThatIsOpenOutlivesTheMemoryOfAnOlder() {
        attempts.onOver(open(1, 0), null);
        One second = open(1, 1);
        attempts.onOver(open(2, 0), null);
        attempts.onOver(open(3, 0), null);
        assertThat(attempts.tryGet(second.ref.id())).isSameAs(second);
    }

    @Test
    void nothingNeedBeRemembered() {
        Attempts<One> forgetful = new Attempts<>(0);
        One one = new One(1, 0);
        forgetful.onOpened(one);
        forgetful.onOver(one, FULL);
        assertThat(forgetful.isNews(one.ref)).isTrue();
        assertThat(forgetful.tryRejection(one.ref)).isNull();
    }
}
