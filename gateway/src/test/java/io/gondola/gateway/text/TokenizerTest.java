package io.gondola.gateway.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TokenizerTest {

    private static final Path GOLDEN = Path.of("..", "models", "training", "golden.json");

    @Test
    void encodesAndDecodesTheGoldenCases() throws IOException {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        JsonNode cases = new ObjectMapper().readTree(GOLDEN.toFile());
        assertThat(cases.size()).isPositive();
        for (JsonNode golden : cases) {
            String prompt = golden.get("prompt").textValue();
            assertThat(tokenizer.encode(prompt, false)).as(prompt).isEqualTo(ints(golden.get("prompt_ids")));
            assertThat(tokenizer.decode(ints(golden.get("output_ids"))))
                    .as(prompt)
                    .isEqualTo(golden.get("text").textValue());
        }
    }

    @Test
    void keepsEveryCharacterOfAText() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        for (String text : List.of("", "a", " a  b ", "naïve 😀 日本語\n\t\r\n", "nul \0 here", "e\u0301", "\uFDD0")) {
            assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
        }
    }

    @Test
    void aLoneSurrogateSpoilsNothingElse() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        assertThat(tokenizer.decode(tokenizer.encode("😀\uD83D \uDE00é\uD83D", false)))
                .isEqualTo("😀\uFFFD \uFFFDé\uFFFD");
    }

    @Test
    void neitherCutsNorPads() {
        int[] ids = TestModels.guide().tokenizer().encode("word ".repeat(5000), false);
        assertThat(ids.length).isGreaterThanOrEqualTo(5000);
        assertThat(TestModels.guide().tokenizer().encode("a", true)).hasSize(1);
    }

    @Test
    void specialTokensAreRecognisedAndLeftOutOfText() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        int[] ids = tokenizer.encode("<|user|>a<|endoftext|>", false);
        assertThat(ids[0]).isEqualTo(1);
        assertThat(ids[ids.length - 1]).isEqualTo(0);
        assertThat(tokenizer.decode(ids)).isEqualTo("a");
        assertThat(tokenizer.isSpecial(1)).isTrue();
        assertThat(tokenizer.isSpecial(50)).isFalse();
    }

    @Test
    void unknownIdsAreNoText() {
        assertThat(TestModels.guide().tokenizer().decode(new int[] {-1, 5, Integer.MAX_VALUE}))
                .isEqualTo("#");
        assertThat(TestModels.guide().tokenizer().tokenBytes(-1)).isEmpty();
    }

    @Test
    void tokenBytesInARowAreTheText() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        String text = "naïve 😀 日本語 plain words";
        List<Byte> bytes = new ArrayList<>();
        for (int id : tokenizer.encode(text, false)) {
            for (byte value : tokenizer.tokenBytes(id)) {
                bytes.add(value);
            }
        }
        byte[] joined = new byte[bytes.size()];
        for (int i = 0; i < joined.length; i++) {
            joined[i] = bytes.get(i);
        }
        assertThat(new String(joined, StandardCharsets.UTF_8)).isEqualTo(text);
    }

    @Test
    void aPartOfACharacterIsWrittenAsBytes() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        int[] ids = tokenizer.encode("😀", false);
        assertThat(ids.length).isGreaterThan(1);
        assertThat(tokenizer.tokenText(ids[0])).startsWith("bytes:\\x");
        assertThat(tokenizer.tokenText(0)).isEqualTo("<|endoftext|>");
        assertThat(tokenizer.tokenText(3)).isEqualTo("!");
    }

    @Test
    void manyThreadsGetTheSameAnswers() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
            int seed = thread;
            threads.add(CompletableFuture.runAsync(() -> {
                Random random = new Random(seed);
                for (int i = 0; i < 300; i++) {
                    String text = "thread " + seed + " says " + random.nextLong() + " é";
                    assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
                }
            }));
        }
        threads.forEach(CompletableFuture::join);
    }

    @Test
    void afterCloseItSaysSo() throws ModelFilesException {
        Tokenizer tokenizer = Tokenizer.load(Path.of("..", "fixtures", "tiny-gpt2", "tokenizer.json"));
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("a", false)).isInstanceOf(IllegalStateException.class);
    }

    private static int[] ints(JsonNode array) {
        int[] ids = new int[array.size()];
        Arrays.setAll(ids, i -> array.get(i).intValue());
        return ids;
    }
}
