package io.gondola.gateway.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.launch.TextFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Text to the tokens that a model of embeddings takes, as transformers and sentence-transformers make them from the files of
 * its directory. Thread-safe.
 */
public final class SentenceTokenizer implements AutoCloseable {

    /** The longest input of a model whose files say nothing of it: OpenAI's. */
    public static final int TOKENS_MAX_DEFAULT = 8_192;

    /** A larger length in a tokenizer's configuration means that it knows none. */
    private static final double LENGTH_MAX = 1e7;

    /** Of these the first positions are for padding and no token. */
    private static final String POSITIONS_BEHIND_PADDING = "roberta|xlm-roberta|camembert|mpnet|xmod|xlm-roberta-xl";

    private static final String SAMPLE = "a";

    private final Tokenizer tokenizer;
    private final int tokensMax;
    private final int padToken;
    private final int vocabularySize;
    private final boolean isStripped;
    private final boolean isLowerCase;
    private final Map<String, String> prompts;
    private final @Nullable String defaultPrompt;
    /** How many special tokens stand before a text, and how many behind it. */
    private final int specialsBefore;

    private final int specialsBehind;

    private SentenceTokenizer(Path directory, Tokenizer tokenizer) throws ModelFilesException {
        ModelFile model = ModelFile.readOptional(directory.resolve(TextFiles.MODEL_CONFIG));
        ModelFile config = ModelFile.readOptional(directory.resolve(TextFiles.TOKENIZER_CONFIG));
        ModelFile sentence = ModelFile.readOptional(directory.resolve(TextFiles.SENTENCE_CONFIG));
        ModelFile prompting = ModelFile.readOptional(directory.resolve(TextFiles.PROMPTS_CONFIG));
        this.tokenizer = tokenizer;
        this.padToken = padToken(model, config, tokenizer);
        this.tokensMax = tokensMax(model, config, sentence, padToken);
        this.vocabularySize = Math.max(
                tokenizer.vocabulary().size(),
                model.find("vocab_size") == null ? 0 : model.requirePositiveInt("vocab_size"));
        this.isStripped = Files.exists(directory.resolve(TextFiles.MODULES));
        this.isLowerCase = Boolean.TRUE.equals(sentence.optionalBoolean("do_lower_case"));
        this.prompts = prompts(prompting);
        this.defaultPrompt = defaultPrompt(prompting);
        int[] bare = tokenizer.encode(SAMPLE, false);
        int[] whole = tokenizer.encode(SAMPLE, true);
        int before = indexOf(whole, bare);
        this.specialsBefore = Math.max(0, before);
        this.specialsBehind = before < 0 ? 0 : whole.length - before - bare.length;
    }

    /** Reads the files of a directory that has a tokenizer.json; what else may be there is in {@link TextFiles}. */
    public static SentenceTokenizer load(Path directory) throws ModelFilesException {
        Tokenizer tokenizer = Tokenizer.load(directory.resolve(TextFiles.TOKENIZER));
        try {
            return new SentenceTokenizer(directory, tokenizer);
        } catch (ModelFilesException | RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static int padToken(ModelFile model, ModelFile config, Tokenizer tokenizer) {
        Integer named = tokenizer.addedId(config.tokenContent("pad_token"));
        if (named != null) {
            return named;
        }
        JsonNode id = model.find("pad_token_id");
        return id != null && id.canConvertToInt() ? Math.max(0, id.intValue()) : 0;
    }

    private static int tokensMax(ModelFile model, ModelFile config, ModelFile sentence, int padToken)
            throws ModelFilesException {
        if (sentence.find("max_seq_length") != null) {
            return sentence.requirePositiveInt("max_seq_length");
        }
        int most = Integer.MAX_VALUE;
        if (model.find("max_position_embeddings") != null) {
            JsonNode type = model.find("model_type");
            boolean isBehindPadding = type != null && type.asText().matches(POSITIONS_BEHIND_PADDING);
            most = model.requirePositiveInt("max_position_embeddings") - (isBehindPadding ? padToken + 1 : 0);
        }
        JsonNode length = config.find("model_max_length");
        if (length != null && length.isNumber() && length.doubleValue() >= 1 && length.doubleValue() <= LENGTH_MAX) {
            most = Math.min(most, length.intValue());
        }
        return most == Integer.MAX_VALUE ? TOKENS_MAX_DEFAULT : Math.max(1, most);
    }

    private static Map<String, String> prompts(ModelFile file) throws ModelFilesException {
        JsonNode all = file.find("prompts");
        if (all == null) {
            return Map.of();
        }
        Map<String, String> prompts = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : all.properties()) {
            if (!entry.getValue().isTextual()) {
                throw file.expected("prompts." + entry.getKey() + " must be a text, not " + entry.getValue());
            }
            prompts.put(entry.getKey(), entry.getValue().textValue());
        }
        return Collections.unmodifiableMap(prompts);
    }

    private @Nullable String defaultPrompt(ModelFile file) throws ModelFilesException {
        JsonNode name = file.find("default_prompt_name");
        if (name == null) {
            return null;
        }
        if (!prompts.containsKey(name.asText())) {
            throw file.expected("default_prompt_name is " + name + ", which is none of " + prompts.keySet());
        }
        return name.asText();
    }

    private static int indexOf(int[] whole, int[] part) {
        for (int at = 0; at + part.length <= whole.length; at++) {
            if (Arrays.equals(whole, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        return -1;
    }

    /** The most tokens of one text, special tokens included. */
    public int tokensMax() {
        return tokensMax;
    }

    /** What stands behind the end of a text that is shorter than another. */
    public int padToken() {
        return padToken;
    }

    /** Token ids are below it. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** What may be put before a text, by name: {@code query}, {@code document}. */
    public Map<String, String> prompts() {
        return prompts;
    }

    /** The name of the one that is put there where nobody says otherwise; null for none. */
    public @Nullable String defaultPrompt() {
        return defaultPrompt;
    }

    /** All tokens of a text, with the special tokens that the model expects around it. */
    public int[] encode(String text) {
        return tokenizer.encode(prepared(text), true);
    }

    /** The same, cut at its end to at most so many: the special tokens stay where there is room for more than them. */
    public int[] encode(String text, int most) {
        int[] whole = encode(text);
        if (whole.length <= most || most <= specialsBefore + specialsBehind) {
            return whole.length <= most ? whole : Arrays.copyOf(whole, most);
        }
        int[] cut = Arrays.copyOf(whole, most);
        System.arraycopy(whole, whole.length - specialsBehind, cut, most - specialsBehind, specialsBehind);
        return cut;
    }

    private String prepared(String text) {
        String stripped = isStripped ? text.strip() : text;
        return isLowerCase ? stripped.toLowerCase(Locale.ROOT) : stripped;
    }

    /** Frees the tokenizer's native memory; nothing may be encoded afterwards. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
