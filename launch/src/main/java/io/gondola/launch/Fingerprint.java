package io.gondola.launch;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A short text that differs where contents do: the beginning of their SHA-256. */
public final class Fingerprint {

    private static final int SHOWN_BYTES = 8;

    private final MessageDigest digest;

    public Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    public void add(byte... contents) {
        digest.update(contents);
    }

    /** Adds as many bytes from the beginning. */
    public void add(byte[] contents, int count) {
        digest.update(contents, 0, count);
    }

    /** Of all that was added, in hexadecimal digits; it begins anew. */
    public String take() {
        return HexFormat.of().formatHex(digest.digest(), 0, SHOWN_BYTES);
    }
}
