package io.gondola.worker.engine.weights;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A number format of the safetensors format, by its name in the header. */
public enum DataType {
    BOOL(8),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    I16(16),
    U16(16),
    F16(16),
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private final int bits;

    DataType(int bits) {
        this.bits = bits;
    }

    /** Null where the format knows no such name. */
    static @Nullable DataType named(String name) {
        if (!name.equals(name.toUpperCase(Locale.ROOT))) {
            return null;
        }
        for (DataType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** Whether weights may come in it. */
    public boolean isReadable() {
        return this == F32 || this == F16 || this == BF16;
    }

    /** Bytes of one number; meant for the readable ones. */
    int bytes() {
        return bits / 8;
    }

    /**
     * Bytes of a tensor.
     *
     * @throws ArithmeticException when it is no whole number of bytes, or more than a long can tell
     */
    long bytesOf(long[] shape) {
        long elements = 1;
        for (long extent : shape) {
            elements = Math.multiplyExact(elements, extent);
        }
        long totalBits = Math.multiplyExact(elements, bits);
        if (totalBits % 8 != 0) {
            throw new ArithmeticException("no whole number of bytes");
        }
        return totalBits / 8;
    }
}
