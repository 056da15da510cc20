package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.cluster.ClusterConfig.BusTls;
import io.gondola.launch.FreePort;
import io.gondola.launch.StartupException;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
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
        return FreePort.pick(HOST);
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
        double refused =
                worker.registry().get("gondola.bus.refused.frames").counter().count();
        assertThat(refused).as("seed " + SEED).isPositive();
        assertThat(log.with("is not taken"))
                .as("at most one a second is told")
                .isNotEmpty()
                .hasSizeLessThan((int) refused);
    }

    @Test
    void aLengthThatNoMessageHasIsNotWaitedFor() throws Exception {
        ClusterNode scheduler = start(Role.SCHEDULER, null);
        ClusterNode worker = startListening(null);
        assertHears(scheduler, worker, "before");
        int busPort = worker.view().members().get(worker.nodeId()).busPort();
        try (Socket stranger = new Socket(HOST, busPort)) {
            stranger.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            stranger.getOutputStream()
                    .write(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array());
            assertThat(stranger.getInputStream().read()).as("closed").isEqualTo(-1);
        }
        say(scheduler, worker, "after");
        assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("after");
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
        int nextVersion = WireCodec.VERSION + 1;
        ClusterNode scheduler = start(Role.SCHEDULER, null);
        ClusterNode worker = startListening(null);
        assertHears(scheduler, worker, "from one of ours");
        ClusterNode next = ClusterNode.start(config(freePort(), "", null), Role.WORKER, List.of(), nextVersion);
        nodes.add(next);
        log.await(next.nodeId() + " speaks version " + nextVersion, "this process " + WireCodec.VERSION);
        log.await(scheduler.nodeId() + " speaks version " + WireCodec.VERSION, "this process " + nextVersion);
        log.await(worker.nodeId() + " speaks version " + WireCodec.VERSION, "this process " + nextVersion);
        assertThat(scheduler.view().nodes(Addresses.worker(next.nodeId()), scheduler.nodeId()))
                .isEmpty();
        assertThat(next.view().nodes(Addresses.worker(worker.nodeId()), next.nodeId()))
                .isEmpty();
        say(next, worker, "from another release");
        say(scheduler, worker, "still here");
        assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("still here");
        assertThat(heard).isEmpty();
        assertThat(List.of(members(scheduler, "other"), members(next, "other"), members(next, "same")))
                .containsExactly(1.0, 2.0, 1.0);
    }

    private static double members(ClusterNode node, String version) {
        return node.registry().get("gondola.cluster.members").tag("version", version).gauges().stream()
                .mapToDouble(Gauge::value)
                .sum();
    }

    @Test
    void aNameLeadsToTheSchedulers() throws Exception {
        ClusterNode scheduler = start(Role.SCHEDULER, null);
        ClusterNode gateway = ClusterNode.start(config(freePort(), "localhost", null), Role.GATEWAY, List.of());
        nodes.add(gateway);
        assertThat(gateway.view().members()).containsKeys(scheduler.nodeId(), gateway.nodeId());
    }
}
