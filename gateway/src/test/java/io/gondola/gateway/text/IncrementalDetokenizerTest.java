package io.gondola.gateway.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncrementalDetokenizerTest {

    @TempDir
    Path dir;

    @Test
    void byteLevelPiecesAreExactlyTheWholeText() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        assertThat(tokenizer.newDetokenizer()).isInstanceOf(ByteLevelDetokenizer.class);
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            // Tokens of one byte are the low ids: half of the draws, so that broken characters are common.
            int[] ids = random.ints(random.nextInt(40), 0, random.nextBoolean() ? 300 : 2100)
                    .toArray();
            assertExact(tokenizer, ids, random, seed);
        }
    }

    @Test
    void pureBytesOfEveryKind() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        int[] idOfByte = new int[256];
        for (int id = 3; id < 2048; id++) {
            byte[] bytes = tokenizer.tokenBytes(id);
            if (bytes.length == 1) {
                idOfByte[bytes[0] & 0xFF] = id;
            }
        }
        int[] interesting = {
            0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xE1, 0xED, 0xF0, 0xF1, 0xF4, 0xFF
        };
        for (int seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            int[] ids = random.ints(random.nextInt(12), 0, interesting.length)
                    .map(i -> idOfByte[interesting[i]])
                    .toArray();
            assertExact(tokenizer, ids, random, seed);
        }
    }

    @Test
    void aCharacterIsNeverSplit() {
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        IncrementalDetokenizer detokenizer = tokenizer.newDetokenizer();
        StringBuilder text = new StringBuilder();
        for (int id : tokenizer.encode("a😀é日", false)) {
            String piece = detokenizer.append(new int[] {id});
            assertThat(piece).doesNotContain("\uFFFD");
            text.append(piece);
        }
        assertThat(text.toString()).isEqualTo("a😀é日");
        assertThat(detokenizer.finish()).isEmpty();
    }

    @Test
    void metaspaceWithByteFallbackPiecesAreExactlyTheWholeText() throws Exception {
        Tokenizer tokenizer = llama2Like();
        assertThat(tokenizer.newDetokenizer()).isInstanceOf(WindowedDetokenizer.class);
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            int[] ids = random.ints(random.nextInt(20), 0, random.nextBoolean() ? 259 : 275)
                    .toArray();
            if (random.nextBoolean()) {
                ids = Arrays.stream(ids)
                        .map(id -> id < 259 ? 259 + id % 16 : id)
                        .toArray();
            }
            assertExact(tokenizer, ids, random, seed);
        }
        tokenizer.close();
    }

    @Test
    void metaspaceStreamsWordsAndJoinsBytes() throws Exception {
        Tokenizer tokenizer = llama2Like();
        IncrementalDetokenizer detokenizer = tokenizer.newDetokenizer();
        assertThat(detokenizer.append(new int[] {259})).isEqualTo("Hello");
        assertThat(detokenizer.append(new int[] {260})).isEqualTo(" world");
        for (byte value : "é".getBytes(StandardCharsets.UTF_8)) {
            assertThat(detokenizer.append(new int[] {3 + (value & 0xFF)})).isEmpty();
        }
        assertThat(detokenizer.append(new int[] {261})).isEqualTo("é!");
        assertThat(tokenizer.tokenText(260)).isEqualTo(" world");
        assertThat(tokenizer.tokenBytes(3 + 0x0A)).containsExactly(0x0A);
        tokenizer.close();
    }

    @Test
    void anOutputBehindAPromptKeepsItsFirstSpace() throws Exception {
        Tokenizer tokenizer = llama2Like();
        assertThat(tokenizer.newDetokenizer().append(new int[] {260})).isEqualTo("world");
        for (int[] prompt : new int[][] {{259}, {1, 259}, {259, 3 + 0xE2}, {259, 2}, {259, 262}}) {
            IncrementalDetokenizer detokenizer = tokenizer.newDetokenizer(prompt);
            assertThat(detokenizer.append(new int[] {260})).isEqualTo(" world");
            assertThat(detokenizer.append(new int[] {261})).isEqualTo("!");
        }
        assertThat(tokenizer.newDetokenizer(new int[] {1}).append(new int[] {260}))
                .isEqualTo("world");
        assertThat(TestModels.guide().tokenizer().newDetokenizer(new int[] {5}).append(new int[] {5}))
                .isEqualTo("#");
        tokenizer.close();
    }

    private static void assertExact(Tokenizer tokenizer, int[] ids, Random random, int seed) {
        IncrementalDetokenizer detokenizer = tokenizer.newDetokenizer();
        StringBuilder text = new StringBuilder();
        for (int from = 0; from < ids.length; ) {
            int to = Math.min(ids.length, from + random.nextInt(4));
            text.append(detokenizer.append(Arrays.copyOfRange(ids, from, to)));
            from = to;
        }
        text.append(detokenizer.finish());
        assertThat(text.toString())
                .as("seed %s, ids %s", seed, Arrays.toString(ids))
                .isEqualTo(tokenizer.decode(ids));
    }

    /** Special tokens 0-2, bytes 3-258, words and spaces from 259 on; decoded as Llama 2's tokenizer does. */
    private Tokenizer llama2Like() throws IOException, ModelFilesException {
        StringBuilder vocab = new StringBuilder("\"<unk>\":0,\"<s>\":1,\"</s>\":2");
        for (int value = 0; value < 256; value++) {
            vocab.append(String.format(",\"<0x%02X>\":%d", value, 3 + value));
        }
        List<String> words =
                List.of("▁Hello", "▁world", "!", "▁", "▁▁", "a", "▁a", "é", "日", "lo", "H", "e", "l", "o", "w", "r");
        for (int i = 0; i < words.size(); i++) {
            vocab.append(",\"").append(words.get(i)).append("\":").append(259 + i);
        }
        Path file = dir.resolve("tokenizer.json");
        Files.writeString(file, """
                {"version":"1.0","truncation":null,"padding":null,
                 "added_tokens":[
                  {"id":0,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
                  {"id":1,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
                  {"id":2,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
                 "normalizer":{"type":"Sequence","normalizers":[
                  {"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
                 "pre_tokenizer":null,"post_processor":null,
                 "decoder":{"type":"Sequence","decoders":[
                  {"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
                  {"type":"Strip","content":" ","start":1,"stop":0}]},
                 "model":{"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":null,
                  "end_of_word_suffix":null,"fuse_unk":true,"byte_fallback":true,"vocab":{%s},"merges":[]}}
                """.formatted(vocab));
        return Tokenizer.load(file);
    }
}
