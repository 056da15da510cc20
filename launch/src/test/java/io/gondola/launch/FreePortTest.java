package io.gondola.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortTest {

    private static final String HOST = "127.0.0.1";
    private static final int PORTS = 200;

    @Test
    void givesNoPortTwiceAndEachCanBeBound() throws Exception {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < PORTS; i++) {
            int port = FreePort.pick(HOST);
            assertThat(ports.add(port)).as("port %d", port).isTrue();
            try (ServerSocket bound = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
                assertThat(bound.getLocalPort()).isEqualTo(port);
            }
        }
    }

    @Test
    void anAddressOfAnotherMachineHasNone() {
        assertThatThrownBy(() -> FreePort.pick("192.0.2.1")).isInstanceOf(IOException.class);
    }
}
