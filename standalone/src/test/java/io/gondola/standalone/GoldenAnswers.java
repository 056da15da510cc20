package io.gondola.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the demo model answers, as the reference implementation computed it. */
final class GoldenAnswers {

    private static final Pattern SINGLE = Pattern.compile("<\\|user\\|>([^<]*)<\\|assistant\\|>");

    private GoldenAnswers() {}

    /** @param question the one question of the prompt; null for a longer chat */
    record Golden(String question, List<Long> promptIds, List<Long> outputIds, String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    static List<Golden> read() throws IOException {
        List<Golden> goldens = new ArrayList<>();
        Path file = Path.of("..", "models", "training", "golden.json");
        for (JsonNode golden : new ObjectMapper().readTree(file.toFile())) {
            Matcher single = SINGLE.matcher(golden.get("prompt").asText());
            goldens.add(new Golden(
                    single.matches() ? single.group(1) : null,
                    longs(golden.get("prompt_ids")),
                    longs(golden.get("output_ids")),
                    golden.get("text").asText()));
        }
        return goldens;
    }

    private static List<Long> longs(JsonNode array) {
        List<Long> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asLong()));
        return values;
    }
}
