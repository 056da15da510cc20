package io.gondola.protocol.inference;

import org.jspecify.annotations.Nullable;

/**
 * The element type of a tensor, by the names of the Open Inference Protocol. The wire carries the ordinal: append, never
 * reorder.
 */
public enum Datatype {
    BOOL(1),
    UINT8(1),
    UINT16(2),
    UINT32(4),
    UINT64(8),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    FP16(2),
    FP32(4),
    FP64(8),
    /** Strings of bytes, each with its length before it. */
    BYTES(0),
    BF16(2);

    private static final Datatype[] ALL = values();

    private final int bytes;

    Datatype(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element; 0 where elements differ in length. */
    public int bytes() {
        return bytes;
    }

    public boolean isFixedSize() {
        return bytes > 0;
    }

    /** Whether this type of whole numbers has this one; false for types of anything else, and for UINT64. */
    public boolean holds(long value) {
        return switch (this) {
            case UINT8, UINT16, UINT32 -> value >= 0 && value >>> (8 * bytes) == 0;
            case INT8, INT16, INT32 -> value >> (8 * bytes - 1) == 0 || value >> (8 * bytes - 1) == -1;
            case INT64 -> true;
            default -> false;
        };
    }

    /** The type of this name; null for a name the protocol does not have. */
    public static @Nullable Datatype tryOf(String name) {
        for (Datatype type : ALL) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }
}
