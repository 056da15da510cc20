package io.gondola.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {

    private static String event(String delta) {
        return "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{" + delta
                + "},\"logprobs\":null}]}\n\n";
    }

    private static String text(String text) {
        return event("\"content\":\"" + text + "\"");
    }

    private static EventReader read(String body, int piece) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        EventReader reader = new EventReader();
        for (int from = 0; from < bytes.length; from += piece) {
            reader.onData(bytes, from, Math.min(bytes.length, from + piece));
        }
        reader.onEnd();
        return reader;
    }

    private static long hash(String body) {
        return read(body, body.length()).hash();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 50, 10_000})
    void piecesAreCountedHoweverTheirBytesAreCut(int piece) {
        String opening = event("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null");
        EventReader whole =
                read(": gondola\n\n" + opening + text("a") + text("\\\"b") + event("") + "data: [DONE]\n\n", piece);
        assertThat(whole.hash()).isEqualTo(hash(text("a\\\"b")));
        assertThat(whole.isDone()).isTrue();
        assertThat(whole.hasError()).isFalse();
    }

    @Test
    void howTheTextIsCutIntoEventsDoesNotCount() {
        assertThat(hash(text("ab") + text("c"))).isEqualTo(hash(text("a") + text("bc")));
    }

    @Test
    void aTokenLostRepeatedOrOutOfOrderShows() {
        long right = hash(text("a") + text("b") + text("c"));
        assertThat(hash(text("a") + text("c"))).isNotEqualTo(right);
        assertThat(hash(text("a") + text("b") + text("b") + text("c"))).isNotEqualTo(right);
        assertThat(hash(text("b") + text("a") + text("c"))).isNotEqualTo(right);
    }

    @Test
    void aDocumentHasTheTextOfAStream() {
        assertThat(hash("{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"abc\",\"refusal\":null}}]}"))
                .isEqualTo(hash(text("abc")));
        assertThat(hash("{\"choices\":[{\"text\":\"abc\",\"index\":0}]}")).isEqualTo(hash(text("abc")));
    }

    @Test
    void anErrorEventIsSeen() {
        assertThat(read("data: {\"error\":{\"message\":\"gone\"}}\n\n", 5).hasError())
                .isTrue();
    }
}
