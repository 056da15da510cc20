package io.gondola.gateway.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The alphabet of byte-level BPE (GPT-2): each of the 256 bytes is written as one printable character. Printable
 * Latin-1 characters stand for themselves, the other bytes are U+0100 and onwards in order.
 */
final class ByteLevelAlphabet {

    private static final int NONE = -1;
    private static final int[] BYTE_OF_CHAR = byteOfChar();

    private ByteLevelAlphabet() {}

    /**
     * The bytes that a token stands for. As in the tokenizers library, a token with a character outside the alphabet
     * (an added token with a space in it, say) stands for its own UTF-8 bytes.
     */
    static byte[] bytesOf(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            int value = c < BYTE_OF_CHAR.length ? BYTE_OF_CHAR[c] : NONE;
            if (value == NONE) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    private static int[] byteOfChar() {
        int[] table = new int[0x200];
        Arrays.fill(table, NONE);
        int next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
            table[printable ? value : next++] = value;
        }
        return table;
    }
}
