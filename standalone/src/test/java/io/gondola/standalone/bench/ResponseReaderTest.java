package io.gondola.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {

    private static final String PLAIN =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\nhello";
    private static final String EMPTY = "HTTP/1.1 204 No Content\r\n\r\n";
    private static final String CHUNKED = "HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";

    /** Answers as "status body". */
    private static final class Recorder implements ResponseReader.Listener {
        private final StringBuilder body = new StringBuilder();
        private final List<String> answers = new ArrayList<>();

        @Override
        public void onData(byte[] bytes, int from, int to) {
            body.append(new String(bytes, from, to - from, StandardCharsets.US_ASCII));
        }

        @Override
        public void onEnd(int status) {
            answers.add(status + " " + body);
            body.setLength(0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 1_000})
    void answersComeOutHoweverTheirBytesAreCut(int piece) {
        byte[] bytes = (PLAIN + CHUNKED + EMPTY + PLAIN).getBytes(StandardCharsets.US_ASCII);
        Recorder recorder = new Recorder();
        ResponseReader reader = new ResponseReader(recorder);
        for (int from = 0; from < bytes.length; from += piece) {
            reader.feed(bytes, from, Math.min(bytes.length, from + piece));
        }
        assertThat(recorder.answers).containsExactly("200 hello", "429 abc0123456789", "204 ", "200 hello");
    }

    @Test
    void aLineWithoutEndIsRefused() {
        byte[] endless = new byte[ResponseReader.LINE_BYTES_MAX + 1];
        ResponseReader reader = new ResponseReader(new Recorder());
        assertThatThrownBy(() -> reader.feed(endless, 0, endless.length)).isInstanceOf(IllegalStateException.class);
    }
}
