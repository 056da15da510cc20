package io.gondola.protocol.inference;

import java.util.HexFormat;

/**
 * The name of an inference, unique in the cluster: 128 bits drawn by the gateway.
 *
 * <p>There is no attempt in it as in {@link io.gondola.protocol.GenerationRef}: an inference has no state, so it does not
 * matter which of several runs of it answers, and the first answer counts.
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 */
public record InferenceId(long high, long low) {

    /** 32 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
