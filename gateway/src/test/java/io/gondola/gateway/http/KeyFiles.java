package io.gondola.gateway.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Files of API keys for tests. */
final class KeyFiles {

    private KeyFiles() {}

    /** One key of a tenant of weight 3, and one of a tenant whose class is batch and at most standard. */
    static Path openAndNight(Path folder, String openKey, String nightKey)
            throws IOException, NoSuchAlgorithmException {
        return Files.writeString(
                folder.resolve("keys.yaml"),
                "keys:\n" + entry(openKey, "acme") + "    weight: 3\n" + entry(nightKey, "nightly")
                        + "    class: batch\n    highest-class: standard\n");
    }

    static String entry(String key, String tenant) throws NoSuchAlgorithmException {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        return "  - sha256: \"" + HexFormat.of().formatHex(hash) + "\"\n    tenant: " + tenant + "\n";
    }
}
