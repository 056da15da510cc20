package io.gondola.gateway.text;

import java.nio.file.Path;

/** A model as the gateway needs it: name, limits, tokenizer and chat template. Loaded once, shared by all event loops. */
public final class ServedModel implements AutoCloseable {

    private ServedModel() {}

    /** Reads config.json, tokenizer.json, tokenizer_config.json and (if there) generation_config.json. */
    public static ServedModel load(String name, Path dir) throws ModelFilesException {
        throw new UnsupportedOperationException();
    }

    /** The name that clients use. */
    public String name() {
        throw new UnsupportedOperationException();
    }

    /** When it was loaded, in seconds since 1970. */
    public long createdSeconds() {
        throw new UnsupportedOperationException();
    }

    /** The most tokens, prompt and output together. */
    public int contextTokensMax() {
        throw new UnsupportedOperationException();
    }

    /** Rows of the output layer: token ids are below it. */
    public int vocabularySize() {
        throw new UnsupportedOperationException();
    }

    /** Tokens that end an output; empty where the model names none. A copy. */
    public int[] endTokens() {
        throw new UnsupportedOperationException();
    }

    public GenerationDefaults defaults() {
        throw new UnsupportedOperationException();
    }

    public Tokenizer tokenizer() {
        throw new UnsupportedOperationException();
    }

    /** Whether it can chat. */
    public boolean hasChatTemplate() {
        throw new UnsupportedOperationException();
    }

    /** @throws IllegalStateException when it has none */
    public ChatTemplate chatTemplate() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
