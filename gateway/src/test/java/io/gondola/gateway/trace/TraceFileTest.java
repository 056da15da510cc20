package io.gondola.gateway.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {

    private static final byte[] HEADER = "header\n".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private TraceConfig config(int filesMax) {
        return new TraceConfig(folder.resolve("trace"), TraceConfig.FILE_BYTES_MIN, filesMax, 10);
    }

    private static byte[] line(char letter) {
        return (String.valueOf(letter).repeat(29_999) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private String letters(String file) throws IOException {
        StringBuilder letters = new StringBuilder();
        for (String line : Files.readAllLines(folder.resolve(file))) {
            letters.append(line.charAt(0));
        }
        return letters.toString();
    }

    @Test
    void aFileThatIsFullBecomesTheNextNumber() throws IOException {
        try (TraceFile file = TraceFile.open(config(3), HEADER)) {
            for (char letter = '1'; letter <= '9'; letter++) {
                byte[] line = line(letter);
                file.append(line, line.length);
            }
        }
        assertThat(letters("trace")).isEqualTo("h9");
        assertThat(letters("trace.1")).isEqualTo("h78");
        assertThat(letters("trace.2")).isEqualTo("h56");
        assertThat(folder).isDirectoryNotContaining("glob:**.3");
    }

    @Test
    void whatIsThereAtTheStartIsKept() throws IOException {
        Files.writeString(folder.resolve("trace"), "last night's\n");
        TraceFile.open(config(2), HEADER).close();
        assertThat(folder.resolve("trace.1")).hasContent("last night's\n");
        // A header alone is not worth a file.
        TraceFile.open(config(2), HEADER).close();
        assertThat(folder.resolve("trace.1")).hasContent("last night's\n");
        assertThat(folder.resolve("trace")).hasContent("header\n");
    }

    @Test
    void onlyOneFileIsAllowedToo() throws IOException {
        try (TraceFile file = TraceFile.open(config(1), HEADER)) {
            for (char letter = 'a'; letter <= 'c'; letter++) {
                byte[] line = line(letter);
                file.append(line, line.length);
            }
        }
        assertThat(letters("trace")).isEqualTo("hc");
        assertThat(folder.resolve("trace.1")).doesNotExist();
    }

    @Test
    void whatCannotBeWrittenIsSaidAtTheStart() throws IOException {
        assertThatThrownBy(() -> TraceFile.open(TraceConfig.of(folder), HEADER))
                .isInstanceOf(IOException.class)
                .hasMessage(folder + " is a directory");
        Path nowhere = folder.resolve("no/such/trace");
        assertThatThrownBy(() -> TraceFile.open(TraceConfig.of(nowhere), HEADER))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot write " + nowhere);
        assertThatThrownBy(() -> TraceFile.open(TraceConfig.of(Path.of("/dev/full")), HEADER))
                .isInstanceOf(IOException.class)
                .hasMessage("/dev/full is not a regular file");
    }
}
