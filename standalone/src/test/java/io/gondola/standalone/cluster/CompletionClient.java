package io.gondola.standalone.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client with the addresses of several gateways: one that refuses the connection costs it nothing.
 *
 * <p>Connections that the system has taken in, but no process yet, are reset when the socket they wait at is closed. That
 * is a moment of microseconds, longer only where the process that closes has to wait for a processor; a client may be
 * told to go elsewhere then, too, and how often is bounded.
 */
final class CompletionClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int READ_MILLIS_MAX = 240_000;

    private final List<String> gateways;
    private final AtomicInteger resetsLeft;

    CompletionClient(List<String> gateways) {
        this(gateways, 0);
    }

    /** @param resetsMax how many connections may be reset before anything is answered */
    CompletionClient(List<String> gateways, int resetsMax) {
        this.gateways = gateways;
        this.resetsLeft = new AtomicInteger(resetsMax);
    }

    /** The whole text of a greedy completion, streamed or not; anything but that is an exception. */
    String complete(int firstGateway, String prompt, int maxTokens, boolean streamed) throws IOException {
        return complete(firstGateway, Question.greedy(prompt, maxTokens, streamed), () -> {});
    }

    /**
     * The whole text of the answer; anything but that is an exception.
     *
     * @param onPiece runs whenever a piece of a stream comes
     */
    String complete(int firstGateway, Question question, Runnable onPiece) throws IOException {
        IOException refused = new ConnectException("no gateway");
        for (int i = 0; i < gateways.size(); i++) {
            try {
                return completeAt(gateways.get((firstGateway + i) % gateways.size()), question, onPiece);
            } catch (ConnectException goneAway) {
                refused = goneAway;
            } catch (UnansweredException reset) {
                refused = reset;
                if (resetsLeft.getAndDecrement() <= 0) {
                    throw reset;
                }
            }
        }
        throw refused;
    }

    private static String completeAt(String gateway, Question question, Runnable onPiece) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(gateway + "/v1/completions").toURL().openConnection();
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setRequestProperty("Connection", "close");
        connection.setReadTimeout(READ_MILLIS_MAX);
        connection.setDoOutput(true);
        ObjectNode body = JSON.createObjectNode()
                .put("model", RunningCluster.MODEL)
                .put("prompt", question.prompt())
                .put("max_tokens", question.maxTokens())
                .put("temperature", question.seed() == null ? 0 : 1)
                .put("ignore_eos", true)
                .put("stream", question.streamed());
        if (question.seed() != null) {
            body.put("seed", question.seed());
        }
        int status;
        try {
            connection.getOutputStream().write(JSON.writeValueAsBytes(body));
            status = connection.getResponseCode();
        } catch (ConnectException refused) {
            throw refused;
        } catch (SocketException reset) {
            throw new UnansweredException(reset);
        }
        if (status != 200) {
            String error = connection.getErrorStream() == null
                    ? ""
                    : new String(connection.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            throw new IOException("status " + status + ": " + error);
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            return question.streamed() ? streamedText(lines, onPiece) : text(JSON.readTree(lines));
        }
    }

    /** The connection was lost before anything was answered. */
    private static final class UnansweredException extends IOException {

        private static final long serialVersionUID = 1L;

        UnansweredException(SocketException reset) {
            super(reset.getMessage(), reset);
        }
    }

    private static String streamedText(BufferedReader lines, Runnable onPiece) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("data: [DONE]")) {
                return text.toString();
            } else if (line.startsWith("data: ")) {
                text.append(text(JSON.readTree(line.substring("data: ".length()))));
                onPiece.run();
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
