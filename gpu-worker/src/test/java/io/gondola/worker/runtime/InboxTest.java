package io.gondola.worker.runtime;

import static io.gondola.worker.runtime.RequestBuilder.MODEL;
import static io.gondola.worker.runtime.RequestBuilder.ref;
import static io.gondola.worker.runtime.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.ToWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InboxTest {

    private final Inbox inbox = new Inbox(2, 1);

    private static Command admit(int count) {
        return new Command(
                new ToWorker.Admit(
                        MODEL,
                        IntStream.range(0, count)
                                .mapToObj(number -> request(number).build())
                                .toList()),
                0);
    }

    private static Command revoke() {
        return new Command(new ToWorker.Revoke(MODEL, List.of(ref(1, 0))), 0);
    }

    @Test
    void aFloodOfAdmissionsDoesNotKeepOutARevocation() {
        assertThat(inbox.tryPut(admit(2))).isTrue();
        assertThat(inbox.tryPut(admit(1))).isFalse();
        assertThat(inbox.tryPut(revoke())).isTrue();
        assertThat(inbox.tryPut(revoke())).isFalse();
    }

    @Test
    void messagesAboutNothingAreBoundedToo() {
        assertThat(inbox.tryPut(admit(0))).isTrue();
        assertThat(inbox.tryPut(admit(0))).isFalse();
    }

    @Test
    void drainingMakesRoomAndKeepsTheOrder() throws InterruptedException {
        Command first = admit(2);
        Command second = revoke();
        inbox.tryPut(first);
        inbox.tryPut(second);
        List<Command> drained = new ArrayList<>();
        assertThat(inbox.drainTo(drained, true)).isTrue();
        assertThat(drained).containsExactly(first, second);
        assertThat(inbox.tryPut(admit(2))).isTrue();
    }

    @Test
    void aClosedInboxRefusesAndDoesNotHoldItsReader() throws InterruptedException {
        inbox.close();
        assertThat(inbox.tryPut(revoke())).isFalse();
        assertThat(inbox.drainTo(new ArrayList<>(), true)).isFalse();
    }
}
