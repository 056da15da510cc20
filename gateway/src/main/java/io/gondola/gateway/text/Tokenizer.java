package io.gondola.gateway.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Text to tokens and back, as tokenizer.json says. The work is done by the tokenizers library that transformers uses,
 * through DJL's binding of it. Thread-safe: all event loops share one.
 */
public final class Tokenizer implements AutoCloseable {

    /** DJL's defaults cut a text at 512 tokens and pad it: both off. */
    private static final Map<String, String> OPTIONS =
            Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "true");

    private final HuggingFaceTokenizer binding;
    private final Vocabulary vocabulary;
    /** Held shared around native calls, so that {@link #close} cannot free what a call is using. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private boolean closed;

    private Tokenizer(HuggingFaceTokenizer binding, Vocabulary vocabulary) {
        this.binding = binding;
        this.vocabulary = vocabulary;
    }

    /** Reads a tokenizer.json; never asks the network. */
    static Tokenizer load(Path tokenizerJson) throws ModelFilesException {
        byte[] bytes = ModelFile.bytes(tokenizerJson);
        Vocabulary vocabulary = Vocabulary.of(ModelFile.parse(tokenizerJson, bytes));
        try {
            return new Tokenizer(
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), OPTIONS), vocabulary);
        } catch (IOException | RuntimeException e) {
            throw new ModelFilesException(
                    tokenizerJson, "the tokenizers library does not accept it: " + e.getMessage(), e);
        }
    }

    /**
     * Token ids of a text in which special tokens written out ({@code <|endoftext|>}) are special tokens. That is what
     * the completions API is for; {@link ServedModel#encodeChat} does not let a chat's messages do it. A lone surrogate
     * counts as U+FFFD.
     *
     * @param addSpecialTokens whether the model's own begin or end tokens are put around it
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        String unicode = WellFormedText.of(text);
        lock.readLock().lock();
        try {
            long handle = handle();
            // DJL's Encoding copies seven arrays out of the library, of which the ids are one; this is twice as fast.
            long encoding = TokenizersLibrary.LIB.encode(handle, unicode, addSpecialTokens);
            try {
                return toInts(TokenizersLibrary.LIB.getTokenIds(encoding));
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The text of the tokens, special tokens and unknown ids left out; bytes that are no UTF-8 become U+FFFD. */
    public String decode(int[] ids) {
        return decode(ids, 0, ids.length);
    }

    String decode(int[] ids, int from, int to) {
        long[] longs = new long[to - from];
        int count = 0;
        for (int i = from; i < to; i++) {
            if (!vocabulary.isSilent(ids[i])) {
                longs[count++] = ids[i];
            }
        }
        if (count == 0) {
            return "";
        }
        lock.readLock().lock();
        try {
            return TokenizersLibrary.LIB.decode(handle(), Arrays.copyOf(longs, count), true);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The bytes of one token as log probabilities report them; special tokens as they are written. */
    public byte[] tokenBytes(int id) {
        return vocabulary.bytes(id).clone();
    }

    /** The text of one token; {@code bytes:\xe2\x80} where its bytes alone are no UTF-8, as OpenAI writes it. */
    public String tokenText(int id) {
        byte[] bytes = vocabulary.bytes(id);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder text = new StringBuilder("bytes:");
            for (byte value : bytes) {
                text.append("\\x").append(Character.forDigit((value >> 4) & 0xF, 16));
                text.append(Character.forDigit(value & 0xF, 16));
            }
            return text.toString();
        }
    }

    /** Whether the token is a special one, which is no part of the text. */
    public boolean isSpecial(int id) {
        return vocabulary.isSpecial(id);
    }

    /** For the output of one sequence; not thread-safe. */
    public IncrementalDetokenizer newDetokenizer() {
        return vocabulary.isByteLevel() ? new ByteLevelDetokenizer(vocabulary) : new WindowedDetokenizer(this);
    }

    /**
     * For an output that goes on in the middle of a text: some decoders drop the space before the first word of a text,
     * and here the first word is not the first.
     *
     * @param context the tokens before the output; its last few are looked at
     */
    public IncrementalDetokenizer newDetokenizer(int[] context) {
        return vocabulary.isByteLevel()
                ? new ByteLevelDetokenizer(vocabulary)
                : WindowedDetokenizer.behind(context, this);
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The id of an added token by its text, or null. */
    @Nullable
    Integer addedId(@Nullable String content) {
        return vocabulary.addedId(content);
    }

    /** Waits for the calls that are under way; later calls throw {@link IllegalStateException}. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                binding.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private long handle() {
        if (closed) {
            throw new IllegalStateException("tokenizer is closed");
        }
        return binding.getHandle();
    }

    private static int[] toInts(long[] ids) {
        int[] ints = new int[ids.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) ids[i];
        }
        return ints;
    }
}
