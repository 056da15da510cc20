package io.gondola.gateway.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The detokenizer of byte-level BPE: the tokens' bytes in a row are the text. Holds back up to three bytes that could
 * be the beginning of a character. All in Java: a table look-up and a copy for each token.
 */
final class ByteLevelDetokenizer implements IncrementalDetokenizer {

    private static final int INITIAL_BYTES = 64;

    private final Vocabulary vocabulary;
    private byte[] pending = new byte[INITIAL_BYTES];
    private int pendingCount;

    ByteLevelDetokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    @Override
    public String append(int[] tokens) {
        for (int token : tokens) {
            if (!vocabulary.isSilent(token)) {
                byte[] bytes = vocabulary.bytes(token);
                if (pendingCount + bytes.length > pending.length) {
                    pending = Arrays.copyOf(pending, Math.max(2 * pending.length, pendingCount + bytes.length));
                }
                System.arraycopy(bytes, 0, pending, pendingCount, bytes.length);
                pendingCount += bytes.length;
            }
        }
        return take(pendingCount - incompleteSuffix());
    }

    @Override
    public String finish() {
        return take(pendingCount);
    }

    private String take(int count) {
        String text = new String(pending, 0, count, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0 && splitSurrogates(count)) {
            text = new String(pending, 0, count, StandardCharsets.UTF_8);
        }
        System.arraycopy(pending, count, pending, 0, pendingCount - count);
        pendingCount -= count;
        return text;
    }

    /**
     * Java reads an encoded surrogate (ED A0 80) as one wrong character, the tokenizers library as three wrong bytes:
     * with another byte in its first place Java does too.
     */
    private boolean splitSurrogates(int count) {
        boolean found = false;
        for (int i = 0; i + 1 < count; i++) {
            if ((pending[i] & 0xFF) == 0xED && (pending[i + 1] & 0xE0) == 0xA0) {
                pending[i] = (byte) 0xFF;
                found = true;
            }
        }
        return found;
    }

    /** How many bytes at the end are the valid beginning of a character that is not there yet. */
    private int incompleteSuffix() {
        for (int length = 1; length <= Math.min(3, pendingCount); length++) {
            int first = pending[pendingCount - length] & 0xFF;
            if (first < 0x80) {
                return 0;
            }
            if (first >= 0xC0) {
                return isBeginning(first, length) ? length : 0;
            }
        }
        return 0;
    }

    /** Whether {@code length} bytes from this first one on are too few for a character, and none of them is wrong. */
    private boolean isBeginning(int first, int length) {
        int needed = first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (length >= needed) {
            return false;
        }
        if (length == 1) {
            return true;
        }
        // The second byte alone excludes overlong forms, surrogates and what is beyond U+10FFFF (Unicode, table 3-7).
        int second = pending[pendingCount - length + 1] & 0xFF;
        return switch (first) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second < 0xA0;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second < 0x90;
            default -> true;
        };
    }
}
