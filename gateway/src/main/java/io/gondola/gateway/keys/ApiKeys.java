package io.gondola.gateway.keys;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys that are known, by their SHA-256: a key in clear is never kept.
 *
 * <p>A key is found by the first bytes of its hash and then compared as a whole in constant time. What the search may
 * tell by its duration is about a hash, and brings nobody closer to a key that has it.
 */
final class ApiKeys {

    static final int HASH_BYTES = 32;

    private record Entry(byte[] hash, ApiKey key) {}

    private final Map<Long, Entry> byHashStart = new HashMap<>();

    /** @return false when it is known already */
    boolean tryAdd(byte[] hash, ApiKey key) {
        if (hash.length != HASH_BYTES) {
            throw new IllegalArgumentException(hash.length + " bytes are no SHA-256");
        }
        return byHashStart.putIfAbsent(start(hash), new Entry(hash.clone(), key)) == null;
    }

    @Nullable
    ApiKey tryFind(String presented) {
        byte[] hash = hash(presented);
        Entry entry = byHashStart.get(start(hash));
        return entry != null && MessageDigest.isEqual(entry.hash, hash) ? entry.key : null;
    }

    int size() {
        return byHashStart.size();
    }

    static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }

    private static long start(byte[] hash) {
        return ByteBuffer.wrap(hash).getLong();
    }
}
