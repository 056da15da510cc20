package io.gondola.gateway.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.launch.TextFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the files beside a model of embeddings say of its texts. */
class SentenceTokenizerTest {

    private static final int BEGIN = 2;
    private static final int END = 3;

    @TempDir
    private Path files;

    private SentenceTokenizer tokenizer;

    @BeforeEach
    void writeTokenizer() throws IOException {
        write(TextFiles.TOKENIZER, """
                {"version":"1.0","truncation":null,"padding":null,
                 "added_tokens":[
                  {"id":0,"content":"<pad>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
                  {"id":2,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
                  {"id":3,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
                 "normalizer":null,"pre_tokenizer":{"type":"Whitespace"},
                 "post_processor":{"type":"TemplateProcessing",
                   "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                             {"SpecialToken":{"id":"</s>","type_id":0}}],
                   "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":0}}],
                   "special_tokens":{"<s>":{"id":"<s>","ids":[2],"tokens":["<s>"]},
                                     "</s>":{"id":"</s>","ids":[3],"tokens":["</s>"]}}},
                 "decoder":null,
                 "model":{"type":"WordLevel","unk_token":"[UNK]",
                          "vocab":{"<pad>":0,"[UNK]":1,"<s>":2,"</s>":3,"a":4,"b":5,"A":6}}}""");
    }

    @AfterEach
    void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(files.resolve(name), text);
    }

    private SentenceTokenizer load() throws ModelFilesException {
        close();
        tokenizer = SentenceTokenizer.load(files);
        return tokenizer;
    }

    @Test
    void specialTokensStandAroundATextAlsoWhereItIsCut() throws Exception {
        SentenceTokenizer loaded = load();
        assertThat(loaded.encode("a b A")).containsExactly(BEGIN, 4, 5, 6, END);
        assertThat(loaded.encode("a b A", 5)).containsExactly(BEGIN, 4, 5, 6, END);
        assertThat(loaded.encode("a b A", 4)).containsExactly(BEGIN, 4, 5, END);
        assertThat(loaded.encode("a b A", 3)).containsExactly(BEGIN, 4, END);
        // No room for anything of the text: what comes first is kept.
        assertThat(loaded.encode("a b A", 2)).containsExactly(BEGIN, 4);
        assertThat(loaded.encode("a b A", 1)).containsExactly(BEGIN);
    }

    @Test
    void theLengthIsSentenceTransformersFirst() throws Exception {
        assertThat(load().tokensMax()).isEqualTo(SentenceTokenizer.TOKENS_MAX_DEFAULT);
        write(TextFiles.MODEL_CONFIG, "{\"model_type\":\"bert\",\"max_position_embeddings\":512,\"vocab_size\":7}");
        assertThat(load().tokensMax()).isEqualTo(512);
        write(TextFiles.TOKENIZER_CONFIG, "{\"model_max_length\":384}");
        assertThat(load().tokensMax()).isEqualTo(384);
        write(TextFiles.TOKENIZER_CONFIG, "{\"model_max_length\":1000000000000000019884624838656}");
        assertThat(load().tokensMax()).isEqualTo(512);
        write(TextFiles.SENTENCE_CONFIG, "{\"max_seq_length\":256}");
        assertThat(load().tokensMax()).isEqualTo(256);
    }

    @Test
    void someModelsHavePositionsForPadding() throws Exception {
        write(
                TextFiles.MODEL_CONFIG,
                "{\"model_type\":\"xlm-roberta\",\"max_position_embeddings\":514,\"pad_token_id\":1}");
        assertThat(load().tokensMax()).isEqualTo(512);
        assertThat(load().padToken()).isEqualTo(1);
        write(TextFiles.TOKENIZER_CONFIG, "{\"pad_token\":{\"content\":\"<pad>\"}}");
        assertThat(load().padToken()).isZero();
    }

    @Test
    void textIsPreparedAsSentenceTransformersDoes() throws Exception {
        write(TextFiles.SENTENCE_CONFIG, "{\"max_seq_length\":256,\"do_lower_case\":true}");
        assertThat(load().encode("A")).containsExactly(BEGIN, 4, END);
        write(TextFiles.SENTENCE_CONFIG, "{\"max_seq_length\":256}");
        assertThat(load().encode("A")).containsExactly(BEGIN, 6, END);
    }

    @Test
    void tokenIdsAreThoseOfTheVocabularyOrOfMoreRows() throws Exception {
        assertThat(load().vocabularySize()).isEqualTo(7);
        write(TextFiles.MODEL_CONFIG, "{\"vocab_size\":64}");
        assertThat(load().vocabularySize()).isEqualTo(64);
    }

    @Test
    void promptsByName() throws Exception {
        assertThat(load().prompts()).isEmpty();
        assertThat(load().defaultPrompt()).isNull();
        write(
                TextFiles.PROMPTS_CONFIG,
                "{\"prompts\":{\"query\":\"find: \",\"document\":\"\"},\"default_prompt_name\":\"query\"}");
        assertThat(load().prompts()).containsEntry("query", "find: ").containsEntry("document", "");
        assertThat(load().defaultPrompt()).isEqualTo("query");
        write(TextFiles.PROMPTS_CONFIG, "{\"prompts\":{},\"default_prompt_name\":\"query\"}");
        assertThatThrownBy(this::load)
                .isInstanceOf(ModelFilesException.class)
                .hasMessageContaining("default_prompt_name");
    }
}
