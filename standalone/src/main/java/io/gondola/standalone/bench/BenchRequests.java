package io.gondola.standalone.bench;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The requests of the load: a few that differ, so that an answer that went to the wrong client shows. */
public enum BenchRequests {
    /** A question in a chat: JSON, chat template, tokenizer. */
    CHAT("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"What is seat %d?\"}]"),
    /** A prompt as text: JSON, tokenizer. */
    COMPLETION("/v1/completions", "\"prompt\":\"What is seat %d?\""),
    /** A prompt as token ids: JSON alone. */
    TOKENS("/v1/completions", "\"prompt\":[%d,5,6,7]");

    private static final int DIFFERENT = 16;

    private final String path;
    private final String prompt;

    BenchRequests(String path, String prompt) {
        this.path = path;
        this.prompt = prompt;
    }

    /** As options and tables call it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String path() {
        return path;
    }

    /** Whole requests, head and body; greedy, so that their texts are known once they were seen. */
    List<String> of(int maxTokens, boolean stream) {
        return IntStream.range(0, DIFFERENT)
                .mapToObj(i -> whole("{" + String.format(Locale.ROOT, prompt, i) + ",\"temperature\":0,\"max_tokens\":"
                        + maxTokens + (stream ? ",\"stream\":true}" : "}")))
                .toList();
    }

    private String whole(String body) {
        return "POST " + path + " HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }
}
