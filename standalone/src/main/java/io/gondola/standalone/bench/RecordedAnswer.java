package io.gondola.standalone.bench;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One answer of Gondola, for the echo server to give.
 *
 * @param headers without those that frame it
 * @param body as it was
 * @param events of a stream, as they are to be written; empty for a plain answer
 */
record RecordedAnswer(Map<String, String> headers, String body, List<Buffer> events) {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Asks once. */
    static RecordedAnswer of(int port, BenchRequests kind, String wholeRequest) throws IOException {
        String requestBody = wholeRequest.substring(wholeRequest.indexOf("\r\n\r\n") + 4);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + kind.path()))
                .version(HttpClient.Version.HTTP_1_1)
                .header("content-type", "application/json")
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(requestBody))
                .build();
        HttpResponse<String> response;
        try {
            response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
        if (response.statusCode() != 200) {
            throw new IOException("status " + response.statusCode() + ": " + response.body());
        }
        Map<String, String> headers = new TreeMap<>();
        response.headers().map().forEach((name, values) -> {
            if (!name.equals("content-length") && !name.equals("transfer-encoding")) {
                headers.put(name, values.get(0));
            }
        });
        boolean isStream = headers.getOrDefault("content-type", "").startsWith("text/event-stream");
        return new RecordedAnswer(headers, response.body(), isStream ? EchoServer.batches(response.body()) : List.of());
    }

    boolean isStream() {
        return !events.isEmpty();
    }
}
