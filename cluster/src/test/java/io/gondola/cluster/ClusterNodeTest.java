package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.gondola.cluster.ClusterConfig.BusTls;
import io.gondola.launch.StartupException;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of a cluster over real sockets: who is let in, and what strangers can do. */
@Timeout(180)
class ClusterNodeTest {

    private static final String HOST = "127.0.0.1";
    private static final long PATIENCE_SECONDS = 60;
    private static final long SEED = 20_261_124;
    private static final int RUBBISH_CONNECTIONS = 200;

    @TempDir
    Path dir;

    private final LogLines log = new LogLines();
    private final List<ClusterNode> nodes = new ArrayList<>();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private int schedulerPort;

    @BeforeEach
    void chooseAPort() throws IOException {
        schedulerPort = freePort();
    }

    @AfterEach
    void closeAll() {
        for (int i = nodes.size() - 1; i >= 0; i--) {
            nodes.get(i).close();
        }
        log.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            return socket.getLocalPort();
        }
    }

    private ClusterConfig config(int clusterPort, String dns, @Nullable BusTls tls) throws IOException {
        List<String> members = dns.isEmpty() ? List.of(HOST + ":" + schedulerPort) : List.of();
        return new ClusterConfig(
                "test-" + schedulerPort, members, dns, schedulerPort, HOST, HOST, clusterPort, freePort(), tls);
    }

    private ClusterNode start(Role role, @Nullable BusTls tls) throws IOException, StartupException {
        int clusterPort = role == Role.SCHEDULER ? schedulerPort : freePort();
        ClusterNode node = ClusterNode.start(config(clusterPort, "", tls), role, List.of());
        nodes.add(node);
        return node;
    }

    /** A worker that tells the test what it hears. */
    private ClusterNode startListening(@Nullable BusTls tls) throws Exception {
        ClusterNode worker = start(Role.WORKER, tls);
        worker.vertx()
                .eventBus()
                .<Buffer>consumer(
                        Addresses.worker(worker.nodeId()),
                        message -> heard.add(message.body().toString()))
                .completion()
                .await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return worker;
    }

    private static void say(ClusterNode from, ClusterNode to, String text) {
        from.vertx().eventBus().send(Addresses.worker(to.nodeId()), Buffer.buffer(text));
    }

    private void assertHears(ClusterNode from, ClusterNode worker, String text) throws InterruptedException {
        log.await(worker.nodeId(), "is there");
        say(from, worker, text);
        assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(text);
    }

    @Test
    void onlyWhoHasACertificateOfTheAuthorityIsHeard() throws Exception {
        TestCertificates certificates = new TestCertificates(dir);
        ClusterNode scheduler = start(Role.SCHEDULER, certificates.signed("scheduler"));
        ClusterNode worker = startListening(certificates.signed("worker"));
        assertHears(scheduler, worker, "from one of ours");

        ClusterNode foreign = start(Role.GATEWAY, certificates.foreign("foreign"));
        log.await("Nothing is exchanged with " + foreign.nodeId(), "its certificate is not of the authority");
        log.await("Nothing is exchanged with " + worker.nodeId(), "does not believe this process's certificate");
        say(foreign, worker, "from a foreign one");

        ClusterNode plain = start(Role.GATEWAY, null);
        log.await(
                "Nothing is exchanged with " + plain.nodeId(), "not encrypted, and that of this process is encrypted");
        log.await("Nothing is exchanged with " + worker.nodeId(), "and that of this process is not encrypted");
        say(plain, worker, "in the clear");

        say(scheduler, worker, "still here");
        assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("still here");
        assertThat(heard).isEmpty();
    }

    @Test
    void rubbishStopsNobody() throws Exception {
        ClusterNode scheduler = start(Role.SCHEDULER, null);
        ClusterNode worker = startListening(null);
        assertHears(scheduler, worker, "before");
        int busPort = worker.view().members().get(worker.nodeId()).busPort();
        Random random = new Random(SEED);
        for (int i = 0; i < RUBBISH_CONNECTIONS; i++) {
            send(busPort, rubbish(i, random));
            send(schedulerPort, rubbish(i, random));
        }
        say(scheduler, worker, "after");
        assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("after");
        assertThat(worker.view().members()).containsOnlyKeys(scheduler.nodeId(), worker.nodeId());
        double unhandled =
                worker.registry().get("gondola.unhandled.errors").counter().count();
        assertThat(unhandled).as("seed " + SEED).isPositive();
        assertThat(log.with("Nobody handled this").size())
                .as("at most one a second is told")
                .isLessThan((int) unhandled);
    }

    /** What comes to an open port: another protocol, lengths that cannot be, codecs that are not there, noise. */
    private static byte[] rubbish(int number, Random random) {
        byte[] noise = new byte[random.nextInt(2_000)];
        random.nextBytes(noise);
        return switch (number % 4) {
            case 0 -> "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8);
            case 1 ->
                ByteBuffer.allocate(64 + noise.length)
                        .putInt(-1 - noise.length)
                        .put(noise)
                        .array();
            case 2 ->
                ByteBuffer.allocate(64 + noise.length)
                        .putInt(noise.length + 1)
                        .put((byte) 1)
                        .put(noise)
                        .array();
            default -> noise;
        };
    }

    private static void send(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(HOST, port)) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (java.net.SocketException closed) {
            // It was thrown out, as it should be.
        }
    }

    @Test
    void aProcessOfAnotherReleaseIsToldApartOnBothSides() throws Exception {
        ClusterNode scheduler = start(Role.SCHEDULER, null);
        ClusterMember next = new ClusterMember(
                "worker-next", Role.WORKER, WireCodec.VERSION + 1, List.of(), HOST, freePort(), false);
        HazelcastInstance other = Hazelcast.newHazelcastInstance(HazelcastSetup.of(config(freePort(), "", null), next));
        try {
            log.await("worker-next speaks version " + (WireCodec.VERSION + 1), "nothing is exchanged with it");
            assertThat(scheduler.view().nodes(Addresses.worker("worker-next"), scheduler.nodeId()))
                    .isEmpty();
        } finally {
            other.shutdown();
        }
    }

    @Test
    void aNameLeadsToTheSchedulers() throws Exception {
        ClusterNode scheduler = start(Role.SCHEDULER, null);
        ClusterNode gateway = ClusterNode.start(config(freePort(), "localhost", null), Role.GATEWAY, List.of());
        nodes.add(gateway);
        assertThat(gateway.view().members()).containsKeys(scheduler.nodeId(), gateway.nodeId());
    }
}
