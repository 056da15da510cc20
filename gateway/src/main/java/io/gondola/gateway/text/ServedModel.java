package io.gondola.gateway.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A model as the gateway needs it: name, limits, tokenizer and chat template. Loaded once, shared by all event loops. */
public final class ServedModel implements AutoCloseable {

    /** Its only one, for protocols that have versions. */
    public static final long VERSION = 1;

    private static final int[] NO_TOKENS = {};

    private final String name;
    private final long createdSeconds;
    private final int contextTokensMax;
    private final int vocabularySize;
    private final int[] endTokens;
    private final int promptStartToken;
    private final GenerationDefaults defaults;
    private final Tokenizer tokenizer;
    private final @Nullable ChatTemplate chatTemplate;
    private final SpecialTokenGuard guard;

    private ServedModel(
            String name,
            Path dir,
            int contextTokensMax,
            ModelFile config,
            ModelFile tokenizerConfig,
            Tokenizer tokenizer)
            throws ModelFilesException {
        ModelFile generation = ModelFile.readOptional(dir.resolve("generation_config.json"));
        this.name = name;
        this.createdSeconds = System.currentTimeMillis() / 1000;
        this.contextTokensMax = contextTokensMax(config, contextTokensMax);
        this.vocabularySize = config.requirePositiveInt("vocab_size");
        this.tokenizer = tokenizer;
        this.endTokens = endTokens(config, tokenizerConfig, generation);
        this.promptStartToken = promptStartToken(config, tokenizerConfig);
        this.defaults = GenerationDefaults.read(generation);
        this.chatTemplate = ChatTemplateFiles.load(dir, tokenizerConfig);
        this.guard = new SpecialTokenGuard(tokenizer.vocabulary().specialContents());
    }

    /**
     * Reads config.json, tokenizer.json and tokenizer_config.json, and generation_config.json and chat_template.jinja
     * where they are.
     */
    public static ServedModel load(String name, Path dir) throws ModelFilesException {
        return load(name, dir, 0);
    }

    /** @param contextTokensMax the most tokens of a sequence; 0 takes what the model has, more than that is refused */
    public static ServedModel load(String name, Path dir, int contextTokensMax) throws ModelFilesException {
        if (!Files.isDirectory(dir)) {
            throw new ModelFilesException(dir, "no such directory; expected a Hugging Face model directory");
        }
        // The small files first: a mistake there shows before the large one is read.
        ModelFile config = ModelFile.read(dir.resolve("config.json"));
        ModelFile tokenizerConfig = ModelFile.read(dir.resolve("tokenizer_config.json"));
        Tokenizer tokenizer = Tokenizer.load(dir.resolve("tokenizer.json"));
        try {
            return new ServedModel(name, dir, contextTokensMax, config, tokenizerConfig, tokenizer);
        } catch (ModelFilesException | RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static int contextTokensMax(ModelFile config, int wanted) throws ModelFilesException {
        int own = config.requirePositiveInt(
                "max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "max_seq_len");
        if (wanted > own) {
            throw new ModelFilesException(
                    config.path(),
                    "the model's context is " + own + " tokens, less than the " + wanted
                            + " asked for (--max-context)");
        }
        return wanted == 0 ? own : wanted;
    }

    private int[] endTokens(ModelFile config, ModelFile tokenizerConfig, ModelFile generation)
            throws ModelFilesException {
        int[] ids = generation.tokenIds("eos_token_id", vocabularySize);
        if (ids == null) {
            ids = config.tokenIds("eos_token_id", vocabularySize);
        }
        if (ids == null) {
            Integer id = tokenizer.addedId(tokenizerConfig.tokenContent("eos_token"));
            ids = id == null ? NO_TOKENS : new int[] {id};
        }
        return IntStream.of(ids).distinct().toArray();
    }

    /** The beginning-of-text token, or else an end token; -1 where the model has neither. */
    private int promptStartToken(ModelFile config, ModelFile tokenizerConfig) throws ModelFilesException {
        int[] ids = config.tokenIds("bos_token_id", vocabularySize);
        if (ids != null && ids.length > 0) {
            return ids[0];
        }
        Integer id = tokenizer.addedId(tokenizerConfig.tokenContent("bos_token"));
        return id != null ? id : endTokens.length > 0 ? endTokens[0] : -1;
    }

    /** The name that clients use. */
    public String name() {
        return name;
    }

    /** When it was loaded, in seconds since 1970. */
    public long createdSeconds() {
        return createdSeconds;
    }

    /** The most tokens, prompt and output together. */
    public int contextTokensMax() {
        return contextTokensMax;
    }

    /** Rows of the output layer: token ids are below it. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** Tokens that end an output; empty where the model names none. A copy. */
    public int[] endTokens() {
        return endTokens.clone();
    }

    /** The token that stands for an empty prompt: its begin or else an end token; -1 where it has neither. */
    public int promptStartToken() {
        return promptStartToken;
    }

    public GenerationDefaults defaults() {
        return defaults;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** Whether it can chat. */
    public boolean hasChatTemplate() {
        return chatTemplate != null;
    }

    /** @throws IllegalStateException when it has none */
    public ChatTemplate chatTemplate() {
        if (chatTemplate == null) {
            throw new IllegalStateException("model " + name + " has no chat template");
        }
        return chatTemplate;
    }

    /** Whether a special token of the model is written out in the text. */
    public boolean hasSpecialTokens(String text) {
        return guard.isNeeded(text);
    }

    /**
     * The prompt of a chat, as tokens. Special tokens that a client typed inside a message are ordinary text there: a
     * message cannot end its own turn and speak as another role.
     *
     * @throws ChatTemplateException when the template refuses the chat
     * @throws IllegalStateException when the model has no chat template
     */
    public int[] encodeChat(List<ChatMessage> messages) throws ChatTemplateException {
        return encodePieces(renderChat(messages));
    }

    /**
     * The prompt text of a chat in pieces: one, unless a client typed special tokens; those are cut in two. For
     * {@link #encodePieces}.
     *
     * @throws ChatTemplateException when the template refuses the chat
     * @throws IllegalStateException when the model has no chat template
     */
    public List<String> renderChat(List<ChatMessage> messages) throws ChatTemplateException {
        return guard.isNeeded(messages)
                ? SpecialTokenGuard.pieces(chatTemplate().render(guard.mark(messages)))
                : List.of(chatTemplate().render(messages));
    }

    /** The tokens of a rendered chat. */
    public int[] encodePieces(List<String> pieces) {
        if (pieces.size() == 1) {
            return tokenizer.encode(pieces.get(0), false);
        }
        return pieces.stream()
                .flatMapToInt(piece -> IntStream.of(tokenizer.encode(piece, false)))
                .toArray();
    }

    /** Frees the tokenizer's native memory; nothing may be encoded or decoded afterwards. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
