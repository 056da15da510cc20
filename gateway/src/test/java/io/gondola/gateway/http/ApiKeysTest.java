package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.launch.StartupException;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway with API keys, over real sockets. */
class ApiKeysTest extends SharedGateway {

    private static final String BODY =
            "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"max_tokens\":3,\"user\":\"me\"}";
    private static final String OPEN_KEY = "sk-open";
    private static final String NIGHT_KEY = "sk-night";

    @TempDir
    private static Path folder;

    @Override
    GatewayHarness open() throws Exception {
        Path file = KeyFiles.openAndNight(folder, OPEN_KEY, NIGHT_KEY);
        return GatewayHarness.start(config -> config.withApiKeys(file));
    }

    private static String bearer(String key) {
        return "Authorization: Bearer " + key;
    }

    private static void assertUnknown(Answer answer, String challenge) {
        assertThat(answer.status()).isEqualTo(401);
        ServerTest.assertErrorShape(answer);
        assertThat(answer.error().getString("type")).isEqualTo("invalid_request_error");
        assertThat(answer.error().getString("code")).isEqualTo("invalid_api_key");
        assertThat(answer.header("www-authenticate")).isEqualTo(challenge);
        assertThat(answer.body()).doesNotContain("sk-");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/completions", "/v1/chat/completions", "/generate"})
    void withoutAKeyNothingIsGenerated(String path) throws Exception {
        double before = harness.metric("gondola_requests_total{model=\"unknown\",outcome=\"client_error\"}");
        client.post(path, BODY);
        assertUnknown(client.readAnswer(), "Bearer realm=\"gondola\"");
        // The connection goes on, and what is wrong with the body is nobody's business.
        client.post(path, "not json", bearer("sk-none"));
        assertUnknown(client.readAnswer(), "Bearer realm=\"gondola\", error=\"invalid_token\"");
        client.post(path, BODY, "Authorization: Basic c2stb3Blbjo=");
        assertUnknown(client.readAnswer(), "Bearer realm=\"gondola\"");
        assertThat(harness.metric("gondola_requests_total{model=\"unknown\",outcome=\"client_error\"}"))
                .isEqualTo(before + 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models", "/v1/models/gondola-guide"})
    void modelsAreForThoseWithAKey(String path) throws Exception {
        assertUnknown(client.get(path), "Bearer realm=\"gondola\"");
        assertThat(client.get(path, bearer(OPEN_KEY)).status()).isEqualTo(200);
        assertThat(client.get(path, "authorization: bearer  " + OPEN_KEY + " ").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/live", "/health/ready", "/metrics"})
    void probesAndScrapersNeedNone(String path) throws Exception {
        Answer answer = client.get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain("sk-");
    }

    @Test
    void preflightsNeedNone() throws Exception {
        assertThat(client.call("OPTIONS", "/v1/chat/completions").status()).isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource({
        "sk-open, , acme, STANDARD",
        "sk-open, X-Priority: interactive, acme, INTERACTIVE",
        "sk-night, , nightly, BATCH",
        "sk-night, X-Priority: standard, nightly, STANDARD",
    })
    void theOwnerIsTheTenantAndTheKeyHasAClass(String key, String header, String tenant, RequestClass requestClass)
            throws Exception {
        client.post("/v1/completions", BODY, bearer(key), header == null ? "X-Nothing: 1" : header);
        GenerationRequest request = backend.awaitOne();
        assertThat(request.tenant()).isEqualTo(tenant);
        assertThat(request.tenantWeight()).isEqualTo(tenant.equals("acme") ? 3 : 1);
        assertThat(request.requestClass()).isEqualTo(requestClass);
        backend.last(request, 0, FinishReason.STOP, 5);
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    @Test
    void aClassAboveTheKeysIsRefused() throws Exception {
        client.post("/v1/completions", BODY, bearer(NIGHT_KEY), "X-Priority: interactive");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(403);
        ServerTest.assertErrorShape(answer);
        assertThat(answer.error().getString("code")).isEqualTo("class_not_allowed");
        assertThat(answer.error().getString("param")).isEqualTo("X-Priority");
        assertThat(answer.error().getString("message"))
                .isEqualTo("This API key may not use class interactive; the highest it may use is standard.");
    }

    @Test
    void aFileThatIsWrongEndsTheStart() throws Exception {
        Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "keys: 7");
        assertThatThrownBy(() -> GatewayHarness.start(config -> config.withApiKeys(wrong)))
                .cause()
                .isInstanceOf(StartupException.class)
                .hasMessage("the API keys (--api-keys): " + wrong + ": keys: must be a list of 1 to 10000 keys");
    }

    @Test
    void aKeyThatIsTakenOutOpensNothingSoonAfter() throws Exception {
        Path file = Files.writeString(folder.resolve("changing.yaml"), "keys:\n" + KeyFiles.entry("sk-1", "one"));
        try (GatewayHarness changing = GatewayHarness.start(config -> config.withApiKeys(file));
                RawClient caller = changing.connect()) {
            assertThat(caller.get("/v1/models", bearer("sk-1")).status()).isEqualTo(200);
            Files.writeString(file, "keys:\n" + KeyFiles.entry("sk-22", "two and more"));
            long endNanos = System.nanoTime() + FakeBackend.WAIT_SECONDS * 1_000_000_000L;
            while (caller.get("/v1/models", bearer("sk-1")).status() != 401) {
                assertThat(System.nanoTime()).isLessThan(endNanos);
                Thread.sleep(20);
            }
            assertThat(caller.get("/v1/models", bearer("sk-22")).status()).isEqualTo(200);
        }
    }
}
