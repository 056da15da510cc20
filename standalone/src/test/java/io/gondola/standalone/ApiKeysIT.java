package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.PermissionDeniedException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.completions.CompletionCreateParams;
import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.ModelSource;
import io.gondola.worker.engine.simulated.CostModel;
import io.gondola.worker.launch.EngineConfig;
import io.gondola.worker.launch.EngineKind;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** API keys as the official OpenAI SDK for Java meets them. */
class ApiKeysIT {

    private static final String KEY = "sk-of-acme";

    private static Standalone standalone;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        Path file = KeyFiles.write(folder, KeyFiles.entry(KEY, "acme", "class: batch", "highest-class: batch"));
        standalone = Standalone.start(StandaloneConfig.of(
                        List.of(new ModelSource(RunningGondola.MODEL, Path.of("..", "models", RunningGondola.MODEL))))
                .withEngine(
                        EngineConfig.defaults().withKind(EngineKind.SIMULATED).withSimulatedCosts(CostModel.FREE))
                .withGateway(GatewayConfig.defaults()
                        .withHost("127.0.0.1")
                        .withPort(0)
                        .withApiKeys(file)));
    }

    @AfterAll
    static void stop() {
        standalone.close();
    }

    private static OpenAIClient sdk(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + standalone.port() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static CompletionCreateParams.Builder completion() {
        return CompletionCreateParams.builder()
                .model(RunningGondola.MODEL)
                .prompt("Hello")
                .maxTokens(3);
    }

    @Test
    void aKnownKeyIsAnswered() {
        OpenAIClient client = sdk(KEY);
        assertThat(client.models().list().data()).hasSize(1);
        assertThat(client.completions().create(completion().build()).usage())
                .hasValueSatisfying(
                        usage -> assertThat(usage.completionTokens()).isEqualTo(3));
    }

    @Test
    void anUnknownKeyIsUnauthorized() {
        UnauthorizedException refused = catchThrowableOfType(
                UnauthorizedException.class,
                () -> sdk("sk-unknown").completions().create(completion().build()));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.code()).contains("invalid_api_key");
        assertThat(refused.getMessage()).doesNotContain("sk-unknown");
    }

    @Test
    void aClassAboveTheKeysIsDenied() {
        PermissionDeniedException refused =
                catchThrowableOfType(PermissionDeniedException.class, () -> sdk(KEY).completions()
                        .create(completion()
                                .putAdditionalHeader("X-Priority", "standard")
                                .build()));
        assertThat(refused.code()).contains("class_not_allowed");
        assertThat(refused.param()).contains("X-Priority");
    }
}
