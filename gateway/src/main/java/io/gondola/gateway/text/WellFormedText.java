package io.gondola.gateway.text;

/**
 * Text without lone surrogates. JSON can carry them ({@code "\ud83d"}) though they are no Unicode; one of them would
 * make the native binding read the whole text as broken.
 */
public final class WellFormedText {

    private static final char REPLACEMENT = '\uFFFD';

    private WellFormedText() {}

    /** Whether the text has no lone surrogate. */
    public static boolean isWellFormed(String text) {
        return indexOfLoneSurrogate(text, 0) < 0;
    }

    /** The text itself, or a copy with every lone surrogate replaced by U+FFFD. */
    public static String of(String text) {
        int bad = indexOfLoneSurrogate(text, 0);
        if (bad < 0) {
            return text;
        }
        StringBuilder fixed = new StringBuilder(text);
        for (; bad >= 0; bad = indexOfLoneSurrogate(text, bad + 1)) {
            fixed.setCharAt(bad, REPLACEMENT);
        }
        return fixed.toString();
    }

    private static int indexOfLoneSurrogate(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
