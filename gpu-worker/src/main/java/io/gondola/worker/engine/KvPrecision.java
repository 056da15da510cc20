package io.gondola.worker.engine;

import java.util.Locale;

/** In which numbers an engine keeps keys and values. Attention computes in single precision with either. */
public enum KvPrecision {
    /** Single precision. */
    F32(Float.BYTES),
    /** Rounded to bfloat16: half the memory. */
    BF16(Short.BYTES);

    private final int bytes;

    KvPrecision(int bytes) {
        this.bytes = bytes;
    }

    /** Of one number. */
    public int bytes() {
        return bytes;
    }

    /** As options name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
