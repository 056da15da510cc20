package io.gondola.standalone.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A client with the addresses of several gateways: one that refuses the connection costs it nothing. */
final class CompletionClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int READ_MILLIS_MAX = 60_000;

    private final List<String> gateways;

    CompletionClient(List<String> gateways) {
        this.gateways = gateways;
    }

    /** The whole text of a greedy completion, streamed or not; anything but that is an exception. */
    String complete(int firstGateway, String prompt, int maxTokens, boolean streamed) throws IOException {
        ConnectException refused = new ConnectException("no gateway");
        for (int i = 0; i < gateways.size(); i++) {
            try {
                return completeAt(gateways.get((firstGateway + i) % gateways.size()), prompt, maxTokens, streamed);
            } catch (ConnectException goneAway) {
                refused = goneAway;
            }
        }
        throw refused;
    }

    private static String completeAt(String gateway, String prompt, int maxTokens, boolean streamed)
            throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(gateway + "/v1/completions").toURL().openConnection();
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setRequestProperty("Connection", "close");
        connection.setReadTimeout(READ_MILLIS_MAX);
        connection.setDoOutput(true);
        connection
                .getOutputStream()
                .write(JSON.writeValueAsBytes(JSON.createObjectNode()
                        .put("model", RunningCluster.MODEL)
                        .put("prompt", prompt)
                        .put("max_tokens", maxTokens)
                        .put("temperature", 0)
                        .put("stream", streamed)));
        if (connection.getResponseCode() != 200) {
            String error = connection.getErrorStream() == null
                    ? ""
                    : new String(connection.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            throw new IOException("status " + connection.getResponseCode() + ": " + error);
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            return streamed ? streamedText(lines) : text(JSON.readTree(lines));
        }
    }

    private static String streamedText(BufferedReader lines) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("data: [DONE]")) {
                return text.toString();
            } else if (line.startsWith("data: ")) {
                text.append(text(JSON.readTree(line.substring("data: ".length()))));
            }
        }
        throw new IOException("the stream broke off after " + text.length() + " characters");
    }

    private static String text(JsonNode answer) throws IOException {
        if (answer.has("error")) {
            throw new IOException(answer.toString());
        }
        return answer.at("/choices/0/text").asText("");
    }
}
