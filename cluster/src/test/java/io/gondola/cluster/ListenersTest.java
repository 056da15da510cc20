package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Addresses of which some have a listener: those alone are left. */
@Timeout(60)
class ListenersTest {

    private static final String HOST = "127.0.0.1";

    private static ServerSocket listener() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getByName(HOST));
    }

    private static Address address(ServerSocket listener) throws IOException {
        return new Address(HOST, listener.getLocalPort());
    }

    @Test
    void whoListensIsLeftInTheOrderItCame() throws Exception {
        ServerSocket gone = listener();
        try (ServerSocket one = listener();
                ServerSocket other = listener()) {
            gone.close();
            assertThat(Listeners.among(List.of(address(other), address(gone), address(one))))
                    .containsExactly(address(other), address(one));
        }
    }

    /** From a range that leads nowhere (RFC 5737): nobody refuses there, and nobody answers. */
    @Test
    void aHostThatIsNotThereHidesNobody() throws Exception {
        try (ServerSocket one = listener()) {
            List<Address> all = new ArrayList<>();
            for (int i = 1; i <= 20; i++) {
                all.add(new Address("192.0.2." + i, one.getLocalPort()));
            }
            all.add(address(one));
            assertThat(Listeners.among(all)).contains(address(one));
        }
    }

    @Test
    void ofNobodyNobodyListens() {
        assertThat(Listeners.among(List.of())).isEmpty();
    }

    @Test
    void ofTooManyOthersAreTriedInEachRound() throws Exception {
        try (ServerSocket one = listener()) {
            ServerSocket gone = listener();
            gone.close();
            List<Address> all = new ArrayList<>();
            for (int i = 0; i < Listeners.TRIED_MAX; i++) {
                all.add(address(gone));
            }
            all.add(address(one));
            int rounds = 1;
            while (Listeners.among(all).isEmpty() && rounds < 100) {
                rounds++;
            }
            assertThat(rounds).isLessThan(100);
        }
    }
}
