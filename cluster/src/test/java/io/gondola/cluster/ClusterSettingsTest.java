package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gondola.launch.Command;
import io.gondola.launch.CommandLineOptions;
import io.gondola.launch.Settings;
import io.gondola.launch.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSettingsTest {

    @TempDir
    Path dir;

    private static ClusterConfig config(String... args) throws UsageException {
        return ClusterSettings.read(Settings.of(CommandLineOptions.parse(Command.SCHEDULER, args), Map.of()));
    }

    @Test
    void aSchedulerAloneFindsItself() throws UsageException {
        ClusterConfig config = config();
        assertThat(config.members()).containsExactly("127.0.0.1:5701");
        assertThat(config.publicHost()).isEqualTo("127.0.0.1");
        assertThat(config.busPort()).isEqualTo(15701);
        assertThat(config.tls()).isNull();
    }

    @Test
    void everythingArrives() throws UsageException, IOException {
        Path file = Files.writeString(dir.resolve("pem"), "");
        ClusterConfig config = config(
                "--cluster-members=a:1, [::1]:2",
                "--cluster-name=x",
                "--cluster-host=0.0.0.0",
                "--cluster-public-host=10.0.0.1",
                "--cluster-port=7",
                "--bus-port=8",
                "--cluster-tls-cert=" + file,
                "--cluster-tls-key=" + file,
                "--cluster-tls-ca=" + file);
        assertThat(config.members()).containsExactly("a:1", "[::1]:2");
        assertThat(config.clusterName()).isEqualTo("x");
        assertThat(config.host()).isEqualTo("0.0.0.0");
        assertThat(config.publicHost()).isEqualTo("10.0.0.1");
        assertThat(config.clusterPort()).isEqualTo(7);
        assertThat(config.busPort()).isEqualTo(8);
        assertThat(config.tls()).isEqualTo(new ClusterConfig.BusTls(file.toString(), file.toString(), file.toString()));
    }

    @Test
    void aNameStandsForTheSchedulersAtOnePort() throws UsageException {
        ClusterConfig atOurPort = config("--cluster-dns=schedulers", "--cluster-port=7");
        assertThat(atOurPort.dns()).isEqualTo("schedulers");
        assertThat(atOurPort.dnsPort()).isEqualTo(7);
        ClusterConfig atAnother = config("--cluster-dns=schedulers:5701", "--cluster-port=7");
        assertThat(atAnother.dns()).isEqualTo("schedulers");
        assertThat(atAnother.dnsPort()).isEqualTo(5701);
    }

    @Test
    void zeroPicksAFreePort() throws UsageException {
        assertThat(config("--bus-port=0").busPort()).isPositive();
    }

    private static void assertMistake(String option, String... args) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> config(args))
                .withMessageContaining(option);
    }

    @Test
    void mistakesNameTheirOption() {
        assertMistake("--cluster-members", "--cluster-members=a");
        assertMistake("--cluster-members", "--cluster-members=a:1,,b:2");
        assertMistake("--cluster-dns", "--cluster-members=a:1", "--cluster-dns=b");
        assertMistake("--cluster-dns", "--cluster-dns=b:x");
        assertMistake("--cluster-tls-key", "--cluster-tls-cert=/dev/null");
        assertMistake("--cluster-tls-cert", "--cluster-tls-cert=/no", "--cluster-tls-key=/no", "--cluster-tls-ca=/no");
        assertMistake("--cluster-port", "--cluster-port=70000");
        assertMistake("--cluster-host", "--cluster-host=192.0.2.1");
        assertMistake("--cluster-host", "--cluster-host=192.0.2.1", "--bus-port=0");
        assertMistake("--cluster-host", "--cluster-host=no.such.host.invalid");
    }
}
