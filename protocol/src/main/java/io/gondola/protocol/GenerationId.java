package io.gondola.protocol;

/**
 * The name of a generation, unique in the cluster: 128 bits drawn by the gateway.
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 */
public record GenerationId(long high, long low) implements Comparable<GenerationId> {

    @Override
    public int compareTo(GenerationId other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** 32 hexadecimal digits. */
    @Override
    public String toString() {
        return hex(high) + hex(low);
    }

    private static String hex(long bits) {
        String digits = Long.toHexString(bits);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
