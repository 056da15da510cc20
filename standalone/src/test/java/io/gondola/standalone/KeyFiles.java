package io.gondola.standalone;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Files of API keys. */
public final class KeyFiles {

    private KeyFiles() {}

    public static Path write(Path folder, String... entries) throws IOException {
        return Files.writeString(folder.resolve("keys.yaml"), "keys:\n" + String.join("", entries));
    }

    /** @param fields more of it, such as {@code weight: 3} */
    public static String entry(String key, String tenant, String... fields) throws NoSuchAlgorithmException {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        String first = "  - sha256: \"" + HexFormat.of().formatHex(hash) + "\"\n    tenant: " + tenant + "\n";
        return fields.length == 0 ? first : first + "    " + String.join("\n    ", fields) + "\n";
    }
}
