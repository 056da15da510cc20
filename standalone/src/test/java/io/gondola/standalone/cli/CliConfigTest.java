package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import io.gondola.gateway.trace.TraceConfig;
import io.gondola.launch.Command;
import io.gondola.launch.CommandLineOptions;
import io.gondola.launch.EnvironmentVariables;
import io.gondola.launch.LogSettings;
import io.gondola.launch.ModelSource;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.UsageException;
import io.gondola.launch.logging.LogFormat;
import io.gondola.protocol.RequestClass;
import io.gondola.scheduler.core.Quotas;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.standalone.StandaloneConfig;
import io.gondola.worker.engine.KvMemory;
import io.gondola.worker.engine.KvPrecision;
import io.gondola.worker.engine.simulated.CostModel;
import io.gondola.worker.launch.EngineKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the settings come to, and who wins. */
class CliConfigTest {

    @TempDir
    Path dir;

    private record Config(StandaloneConfig standalone, LogSettings logs) {}

    private Config config(Map<String, String> environment, String... args) throws UsageException {
        Settings settings = Settings.of(CommandLineOptions.parse(Command.STANDALONE, args), environment);
        return new Config(CliConfig.of(settings, dir), LogSettings.of(settings));
    }

    private String file(String... lines) throws IOException {
        return Files.writeString(dir.resolve("gondola.yaml"), String.join("\n", lines))
                .toString();
    }

    private Path directory(String name) throws IOException {
        return Files.createDirectory(dir.resolve(name));
    }

    @Test
    void defaults() throws UsageException {
        Config config = config(Map.of());
        StandaloneConfig standalone = config.standalone();
        assertThat(standalone.models())
                .containsExactly(new ModelSource(dir.getFileName().toString(), dir));
        assertThat(standalone.gateway().host()).isEqualTo("127.0.0.1");
        assertThat(standalone.gateway().port()).isEqualTo(8080);
        assertThat(standalone.gateway().limits().requestTimeoutMillis()).isEqualTo(600_000);
        assertThat(standalone.engine().kind()).isEqualTo(EngineKind.TENSORFLOW);
        assertThat(standalone.engine().options().slots()).isEqualTo(8);
        assertThat(standalone.engine().options().contextTokensMax()).isZero();
        assertThat(standalone.engine().options().kvPrecision()).isEqualTo(KvPrecision.F32);
        assertThat(standalone.engine().kvMemory()).isEqualTo(KvMemory.ofPercent(50));
        assertThat(Setting.KV_MEMORY.defaultText()).isEqualTo(KvMemory.DEFAULT.percent() + "%");
        assertThat(standalone.scheduler().queue().queueRequestsMax()).isEqualTo(1024);
        assertThat(config.logs().format()).isEqualTo(LogFormat.TEXT);
        assertThat(config.logs().level()).isEqualTo(Level.INFO);
    }

    @Test
    void everySettingArrivesFromTheCommandLine() throws Exception {
        Config config = config(
                Map.of(),
                "--model=one=" + directory("a"),
                "--model",
                directory("b").toString(),
                "--host=::1",
                "--port=0",
                "--engine=Simulated",
                "--slots=3",
                "--threads=2",
                "--max-context=4096",
                "--kv-memory=1.5GiB",
                "--kv-precision=bf16",
                "--max-queue=7",
                "--record-trace=" + dir.resolve("t"),
                "--record-trace-megabytes=3",
                "--max-held=0",
                "--hold-timeout=1.5",
                "--max-queue-batch=3",
                "--max-queue-tenant=2:500",
                "--request-timeout=2.5",
                "--log-format=json",
                "--log-level=warn");
        StandaloneConfig standalone = config.standalone();
        assertThat(standalone.models()).extracting(ModelSource::name).containsExactly("one", "b");
        assertThat(standalone.gateway().host()).isEqualTo("::1");
        assertThat(standalone.gateway().port()).isZero();
        assertThat(standalone.gateway().limits().requestTimeoutMillis()).isEqualTo(2_500);
        assertThat(standalone.engine().kind()).isEqualTo(EngineKind.SIMULATED);
        assertThat(standalone.engine().options().slots()).isEqualTo(3);
        assertThat(standalone.engine().options().threads()).isEqualTo(2);
        assertThat(standalone.engine().options().contextTokensMax()).isEqualTo(4096);
        assertThat(standalone.engine().options().kvPrecision()).isEqualTo(KvPrecision.BF16);
        assertThat(standalone.engine().kvMemory()).isEqualTo(KvMemory.ofBytes(3L << 29));
        assertThat(standalone.scheduler().queue().queueRequestsMax()).isEqualTo(7);
        assertThat(standalone.scheduler().holding()).isEqualTo(new SchedulerLimits.Holding(0, 1_500_000_000L));
        assertThat(standalone.scheduler().quotas())
                .isEqualTo(Quotas.none()
                        .with(RequestClass.BATCH, new Quotas.Quota(3, Long.MAX_VALUE))
                        .withTenant(new Quotas.Quota(2, 500)));
        assertThat(standalone.gateway().trace())
                .isEqualTo(TraceConfig.of(dir.resolve("t")).withFileBytesMax(3_000_000));
        assertThat(config.logs().format()).isEqualTo(LogFormat.JSON);
        assertThat(config.logs().level()).isEqualTo(Level.WARN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "5:0", "5:", ":5", "1:2:3", "many"})
    void aBadQuotaIsToldWithItsOption(String quota) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> config(Map.of(), "--max-queue-tenant=" + quota))
                .withMessageContaining("--max-queue-tenant")
                .withMessageContaining(quota);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0MiB", "4", "1.5%", "0%", "101%", "-1GiB", "half", "999999999TiB", "4 GiB"})
    void aBadSizeIsToldWithItsOption(String size) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> config(Map.of(), "--kv-memory=" + size))
                .withMessageContaining("--kv-memory: expected a size such as 512MiB")
                .withMessageContaining("'" + size + "'");
    }

    @Test
    void howLongASimulatedStepTakes() throws Exception {
        assertThat(config(Map.of()).standalone().engine().simulatedCosts()).isEqualTo(CostModel.LARGE_GPU);
        assertThat(config(Map.of(), "--simulated-step=0").standalone().engine().simulatedCosts())
                .isEqualTo(CostModel.FREE);
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> config(Map.of(), "--simulated-step=fast"))
                .withMessageContaining("--simulated-step: expected up to three numbers of milliseconds")
                .withMessageContaining("'fast'");
    }

    @Test
    void everySettingArrivesFromTheEnvironmentAndTheFile() throws Exception {
        directory("a");
        directory("b");
        Map<String, String> environment = Map.of(
                "GONDOLA_MODEL", dir.resolve("a") + ", two=" + dir.resolve("b"),
                "GONDOLA_HOST", "0.0.0.0",
                "GONDOLA_PORT", "81",
                "GONDOLA_ENGINE", "simulated",
                "GONDOLA_SLOTS", "3",
                "GONDOLA_MAX_CONTEXT", "77",
                "GONDOLA_MAX_QUEUE", "9",
                "GONDOLA_REQUEST_TIMEOUT", "5",
                "GONDOLA_LOG_FORMAT", "json",
                "GONDOLA_LOG_LEVEL", "off");
        String file = file(
                "model:",
                "  - " + dir.resolve("a"),
                "  - two=" + dir.resolve("b"),
                "host: 0.0.0.0",
                "port: 81",
                "engine: simulated",
                "slots: 3",
                "max-context: 77",
                "max-queue: 9",
                "request-timeout: 5",
                "log-format: json",
                "log-level: off");
        assertThat(config(Map.of(), "--config", file)).isEqualTo(config(environment));
        assertThat(config(environment).standalone().scheduler().holding().heldRequestsMax())
                .as("what may wait may be held")
                .isEqualTo(9);
        assertThat(config(environment).standalone().models())
                .extracting(ModelSource::name)
                .containsExactly("a", "two");
        assertThat(config(environment).standalone().engine().options().contextTokensMax())
                .isEqualTo(77);
        assertThat(config(environment).logs().level()).isEqualTo(Level.OFF);
    }

    @Test
    void theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws Exception {
        String file = file("port: 1", "slots: 1", "max-queue: 1");
        Config config =
                config(Map.of("GONDOLA_CONFIG", file, "GONDOLA_SLOTS", "2", "GONDOLA_MAX_QUEUE", "2"), "--max-queue=3");
        assertThat(config.standalone().gateway().port()).isEqualTo(1);
        assertThat(config.standalone().engine().options().slots()).isEqualTo(2);
        assertThat(config.standalone().scheduler().queue().queueRequestsMax()).isEqualTo(3);
    }

    @Test
    void modelsOfASourceReplaceThoseOfALowerOne() throws Exception {
        Config config = config(Map.of("GONDOLA_MODEL", "env=" + directory("a")), "--model", "line=" + directory("b"));
        assertThat(config.standalone().models()).extracting(ModelSource::name).containsExactly("line");
    }

    @Test
    void anEmptyVariableAndAnEmptyFileSayNothing() throws Exception {
        assertThat(config(Map.of("GONDOLA_PORT", "", "GONDOLA_CONFIG", file("# nothing")))
                        .standalone()
                        .gateway()
                        .port())
                .isEqualTo(8080);
        assertThat(config(Map.of("GONDOLA_CONFIG", file("")))
                        .standalone()
                        .gateway()
                        .port())
                .isEqualTo(8080);
    }

    @Test
    void aDirectoryMayHaveAnEqualsSignInItsName() throws Exception {
        Config config = config(Map.of(), "--model", "x=" + directory("a=b"));
        assertThat(config.standalone().models()).containsExactly(new ModelSource("x", dir.resolve("a=b")));
        assertThat(config(Map.of(), "--model", "Qwen/Qwen3-0.6B=" + dir)
                        .standalone()
                        .models())
                .extracting(ModelSource::name)
                .containsExactly("Qwen/Qwen3-0.6B");
    }

    @Test
    void namesOfModelsAreThoseOfTheDirectories() throws Exception {
        directory("tiny");
        for (String path : List.of("tiny", "tiny/", "tiny/.", "./tiny", "tiny/../tiny")) {
            assertThat(config(Map.of(), "--model", dir + "/" + path)
                            .standalone()
                            .models())
                    .as(path)
                    .extracting(ModelSource::name)
                    .containsExactly("tiny");
        }
    }

    @Test
    void unknownVariablesAreNamedButThoseOfKubernetesAreNot() {
        Map<String, String> environment = Map.of(
                "GONDOLA_PROT", "1",
                "GONDOLA_PORT", "1",
                "GONDOLA_SERVICE_HOST", "10.0.0.1",
                "GONDOLA_PORT_8080_TCP", "tcp://10.0.0.1:8080",
                "HOME", "/");
        assertThat(EnvironmentVariables.unknown(environment)).containsExactly("GONDOLA_PROT");
    }
}
