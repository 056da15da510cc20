package io.gondola.gateway.trace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names for tenants and prompts that tell only whether two are the same: HMAC-SHA-256 under a salt that is drawn at the
 * start, is written nowhere and dies with the process, so that nobody can try names or texts. Belongs to one thread.
 */
final class Pseudonyms {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int SALT_BYTES = 32;
    /** Twelve characters. */
    private static final int TENANT_BYTES = 9;
    /** Eight characters: a block is taken for one of a billion others with a chance of one in 280,000. */
    private static final int BLOCK_BYTES = 6;

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final Mac mac;

    private Pseudonyms(Mac mac) {
        this.mac = mac;
    }

    static Pseudonyms drawn() {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(salt, ALGORITHM));
            return new Pseudonyms(mac);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java has " + ALGORITHM, missing);
        }
    }

    /** Nobody in particular stays nobody in particular. */
    String ofTenant(String tenant) {
        return tenant.isEmpty() ? "" : shortened(hash("tenant", tenant), TENANT_BYTES);
    }

    /**
     * The identity of each block of a prompt's beginning, together with all before it, one behind the other: two prompts
     * share as many blocks as their pseudonyms share beginnings.
     *
     * @param tokens whole blocks of {@link TraceRecord#PREFIX_BLOCK_TOKENS}
     */
    String ofPrefix(String model, int[] tokens) {
        StringBuilder text = new StringBuilder();
        byte[] chain = hash("prefix", model);
        ByteBuffer block = ByteBuffer.allocate(TraceRecord.PREFIX_BLOCK_TOKENS * Integer.BYTES);
        for (int from = 0; from < tokens.length; from += TraceRecord.PREFIX_BLOCK_TOKENS) {
            block.clear().asIntBuffer().put(tokens, from, TraceRecord.PREFIX_BLOCK_TOKENS);
            mac.update(chain);
            chain = mac.doFinal(block.array());
            text.append(shortened(chain, BLOCK_BYTES));
        }
        return text.toString();
    }

    private byte[] hash(String kind, String text) {
        mac.update(kind.getBytes(StandardCharsets.UTF_8));
        mac.update((byte) 0);
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String shortened(byte[] hash, int bytes) {
        return BASE64.encodeToString(Arrays.copyOf(hash, bytes));
    }
}
