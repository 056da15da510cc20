package io.gondola.gateway.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The templates of well-known models, and single expressions, give the text that Python's Jinja gives ({@code
 * make_expected.py} wrote it).
 */
class KnownTemplatesTest {

    private static final Path DIR = Path.of("src", "test", "resources", "chat-templates");

    private static final Map<String, ChatTemplate> PARSED = new HashMap<>();

    static Stream<JsonNode> cases() throws IOException {
        JsonNode cases =
                new ObjectMapper().readTree(DIR.resolve("expected.json").toFile());
        return StreamSupport.stream(cases.spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rendersAsPythonDoes(JsonNode expected) throws Exception {
        ChatTemplate template = template(expected.get("template").textValue());
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : expected.get("messages")) {
            messages.add(new ChatMessage(
                    message.get("role").textValue(), message.get("content").textValue()));
        }
        if (expected.has("refusal")) {
            assertThatThrownBy(() -> template.render(messages))
                    .isInstanceOf(ChatTemplateException.class)
                    .hasMessageContaining(expected.get("refusal").textValue());
        } else {
            assertThat(template.render(messages)).isEqualTo(expected.get("text").textValue());
            assertThat(template.render(messages)).isEqualTo(expected.get("text").textValue());
        }
    }

    /** A file, or with a number behind its name that line of it. */
    private static String source(String name) throws IOException {
        String[] fileAndLine = name.split(":");
        Path file = DIR.resolve(fileAndLine[0]);
        return fileAndLine.length == 1
                ? Files.readString(file)
                : Files.readAllLines(file).get(Integer.parseInt(fileAndLine[1]) - 1);
    }

    private static ChatTemplate template(String name) throws Exception {
        ChatTemplate parsed = PARSED.get(name);
        if (parsed == null) {
            String source = source(name);
            parsed = ChatTemplate.parse(source, Map.of("bos_token", "<s>", "eos_token", "</s>"));
            PARSED.put(name, parsed);
        }
        return parsed;
    }
}
