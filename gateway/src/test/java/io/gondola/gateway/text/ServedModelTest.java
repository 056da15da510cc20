package io.gondola.gateway.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServedModelTest {

    private static final List<ChatMessage> HI = List.of(new ChatMessage("user", "hi"));

    @TempDir
    Path dir;

    @BeforeEach
    void copyAModel() throws IOException {
        for (String file :
                List.of("config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            Files.copy(Path.of("..", "fixtures", "tiny-gpt2", file), dir.resolve(file));
        }
    }

    @Test
    void theDemoModel() {
        ServedModel model = TestModels.guide();
        assertThat(model.name()).isEqualTo("gondola-guide");
        assertThat(model.contextTokensMax()).isEqualTo(512);
        assertThat(model.vocabularySize()).isEqualTo(2048);
        assertThat(model.endTokens()).containsExactly(0);
        assertThat(model.defaults()).isEqualTo(new GenerationDefaults(0, 1, 0, 0, 1, 80));
        assertThat(model.hasChatTemplate()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen2", "tiny-qwen3"})
    void theFixtures(String name) {
        ServedModel model = TestModels.fixture(name);
        assertThat(model.contextTokensMax()).isEqualTo(128);
        assertThat(model.vocabularySize()).isEqualTo(512);
        assertThat(model.defaults()).isEqualTo(GenerationDefaults.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "tokenizer_config.json"})
    void aMissingFileIsNamed(String file) throws IOException {
        Files.delete(dir.resolve(file));
        assertRefused(file, "not found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"})
    void aBrokenFileIsNamed(String file) throws IOException {
        for (String content : List.of("", "{", "[]", "null", "\"a\"", "{\"a\":}", "\u0000\u0001")) {
            Files.writeString(dir.resolve(file), content);
            assertRefused(file, "");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "config.json            | {\"vocab_size\":512}                          | max_position_embeddings",
                "config.json            | {\"n_positions\":128}                         | vocab_size",
                "config.json            | {\"n_positions\":\"128\",\"vocab_size\":512}  | positive integer",
                "config.json            | {\"n_positions\":0,\"vocab_size\":512}        | positive integer",
                "config.json            | {\"n_positions\":128,\"vocab_size\":-1}       | vocab_size",
                "tokenizer.json         | {}                                            | model.vocab",
                "tokenizer.json         | {\"model\":{\"vocab\":{\"a\":\"b\"}}}         | token id",
                "tokenizer.json         | {\"model\":{\"vocab\":{\"a\":999999999}}}     | token id",
                "tokenizer.json         | {\"model\":{\"vocab\":{\"a\":0}}}             | tokenizers library",
                "generation_config.json | {\"eos_token_id\":512}                        | eos_token_id",
                "generation_config.json | {\"eos_token_id\":[0,\"x\"]}                  | eos_token_id",
                "generation_config.json | {\"temperature\":\"hot\"}                     | temperature",
                "generation_config.json | {\"top_p\":0}                                 | top_p",
                "generation_config.json | {\"do_sample\":1}                             | do_sample",
                "tokenizer_config.json  | {\"chat_template\":5}                         | chat_template",
                "tokenizer_config.json  | {\"chat_template\":[{\"name\":\"x\"}]}        | template",
                "tokenizer_config.json  | {\"chat_template\":\"{% nosuchtag %}\"}       | chat_template",
            })
    void aWrongFieldIsNamed(String file, String content, String expected) throws IOException {
        Files.writeString(dir.resolve(file), content);
        assertRefused(file, expected);
    }

    @Test
    void aShorterContextIsTakenAndALongerOneRefused() throws Exception {
        try (ServedModel model = ServedModel.load("m", dir, 100)) {
            assertThat(model.contextTokensMax()).isEqualTo(100);
        }
        ServedModel.load("m", dir, 128).close();
        assertThatThrownBy(() -> ServedModel.load("m", dir, 129))
                .isInstanceOf(ModelFilesException.class)
                .hasMessageContaining(dir.resolve("config.json")
                        + ": the model's context is 128 tokens, less than the 129 asked for (--max-context)");
    }

    @Test
    void noDirectory() {
        assertThatThrownBy(() -> ServedModel.load("m", dir.resolve("nothing")))
                .isInstanceOf(ModelFilesException.class)
                .hasMessageContaining("nothing")
                .hasMessageContaining("no such directory");
    }

    @Test
    void generationConfigAndChatTemplateAreOptional() throws Exception {
        Files.delete(dir.resolve("generation_config.json"));
        Files.writeString(dir.resolve("tokenizer_config.json"), "{}");
        try (ServedModel model = ServedModel.load("m", dir)) {
            assertThat(model.endTokens()).containsExactly(0);
            assertThat(model.defaults()).isEqualTo(GenerationDefaults.NONE);
            assertThat(model.hasChatTemplate()).isFalse();
            assertThatThrownBy(model::chatTemplate).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aTemplateFileGoesBeforeTheConfiguration() throws Exception {
        Files.writeString(dir.resolve("chat_template.jinja"), "{{ bos_token }}file:{{ messages[0].content }}\n");
        try (ServedModel model = ServedModel.load("m", dir)) {
            assertThat(model.chatTemplate().render(HI)).isEqualTo("<|endoftext|>file:hi");
        }
    }

    @Test
    void namedTemplatesAndTokensAsObjects() throws Exception {
        Files.writeString(dir.resolve("tokenizer_config.json"), """
                {"eos_token":{"content":"<|endoftext|>","special":true},"chat_template":[
                 {"name":"tool_use","template":"tools"},
                 {"name":"default","template":"{{ messages[0]['content'] }}{{ eos_token }}"}]}""");
        try (ServedModel model = ServedModel.load("m", dir)) {
            assertThat(model.chatTemplate().render(HI)).isEqualTo("hi<|endoftext|>");
        }
    }

    @Test
    void endTokensOfGenerationConfigGoBeforeTheConfigs() throws Exception {
        Files.writeString(dir.resolve("generation_config.json"), """
                {"eos_token_id":[2,1,2],"temperature":0.7,"top_p":0.8,"top_k":20,"min_p":0.1,
                 "repetition_penalty":1.05,"do_sample":true,"max_new_tokens":9}""");
        try (ServedModel model = ServedModel.load("m", dir)) {
            assertThat(model.endTokens()).containsExactly(2, 1);
            assertThat(model.defaults()).isEqualTo(new GenerationDefaults(0.7f, 0.8f, 20, 0.1f, 1.05f, 9));
        }
    }

    private void assertRefused(String file, String expected) {
        assertThatThrownBy(() -> ServedModel.load("m", dir))
                .isInstanceOf(ModelFilesException.class)
                .hasMessageContaining(dir.resolve(file).toString())
                .hasMessageContaining(expected);
    }
}
