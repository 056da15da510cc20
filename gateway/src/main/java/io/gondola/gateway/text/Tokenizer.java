package io.gondola.gateway.text;

/** Text to tokens and back, as tokenizer.json says. Thread-safe: all event loops share one. */
public final class Tokenizer implements AutoCloseable {

    Tokenizer() {}

    /**
     * Token ids of a text in which special tokens written out ({@code <|endoftext|>}) are special tokens.
     *
     * @param addSpecialTokens whether the model's own begin or end tokens are put around it
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        throw new UnsupportedOperationException();
    }

    /** The text of the tokens, special tokens left out; bytes that are no UTF-8 become U+FFFD. */
    public String decode(int[] ids) {
        throw new UnsupportedOperationException();
    }

    /** The bytes of one token as log probabilities report them; special tokens as they are written. */
    public byte[] tokenBytes(int id) {
        throw new UnsupportedOperationException();
    }

    /** The text of one token; {@code bytes:\xe2\x80} where its bytes alone are no UTF-8, as OpenAI writes it. */
    public String tokenText(int id) {
        throw new UnsupportedOperationException();
    }

    /** Whether the token is a special one, which is no part of the text. */
    public boolean isSpecial(int id) {
        throw new UnsupportedOperationException();
    }

    /** For the output of one sequence; not thread-safe. */
    public IncrementalDetokenizer newDetokenizer() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
