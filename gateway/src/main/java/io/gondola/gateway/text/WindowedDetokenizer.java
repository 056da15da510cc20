package io.gondola.gateway.text;

import java.util.Arrays;

/**
 * The detokenizer for every other decoder (Metaspace, byte fallback): decodes a short window of tokens with and without
 * the new ones and gives out the difference.
 *
 * <p>Tokens written {@code <0xNN>} wait until one of another kind follows: byte fallback decides about a whole run of
 * them at once, and one wrong byte turns every byte of the run into U+FFFD.
 */
final class WindowedDetokenizer implements IncrementalDetokenizer {

    private static final int INITIAL_TOKENS = 16;

    private final Tokenizer tokenizer;
    /** From {@link #shownCount} tokens back: context, then tokens whose text was not given out. */
    private int[] window = new int[INITIAL_TOKENS];

    private int windowCount;
    private int shownCount;
    private String shownText = "";

    WindowedDetokenizer(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** One whose text goes on behind these tokens. */
    static WindowedDetokenizer behind(int[] context, Tokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        WindowedDetokenizer detokenizer = new WindowedDetokenizer(tokenizer);
        // Back to a word: what a run of bytes or a special token at the end means is not this text's business.
        int end = context.length;
        while (end > 0 && (vocabulary.isSilent(context[end - 1]) || vocabulary.isByteToken(context[end - 1]))) {
            end--;
        }
        if (end > 0) {
            detokenizer.window[0] = context[end - 1];
            detokenizer.windowCount = 1;
            detokenizer.shownCount = 1;
            detokenizer.shownText = tokenizer.decode(context, end - 1, end);
        }
        return detokenizer;
    }

    @Override
    public String append(int[] tokens) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        boolean added = false;
        for (int token : tokens) {
            if (!vocabulary.isSilent(token)) {
                if (windowCount == window.length) {
                    window = Arrays.copyOf(window, 2 * windowCount);
                }
                window[windowCount++] = token;
                added = true;
            }
        }
        if (!added || vocabulary.isByteToken(window[windowCount - 1])) {
            return "";
        }
        String text = tokenizer.decode(window, 0, windowCount);
        // Half a character in a decoder that joins bytes; waiting never makes the text wrong.
        return text.endsWith("\uFFFD") ? "" : show(text);
    }

    @Override
    public String finish() {
        return shownCount == windowCount ? "" : show(tokenizer.decode(window, 0, windowCount));
    }

    private String show(String text) {
        if (text.length() <= shownText.length() || !text.startsWith(shownText)) {
            return "";
        }
        String piece = text.substring(shownText.length());
        // What was just shown becomes the context of what comes next.
        windowCount -= shownCount;
        System.arraycopy(window, shownCount, window, 0, windowCount);
        shownCount = windowCount;
        shownText = tokenizer.decode(window, 0, windowCount);
        return piece;
    }
}
