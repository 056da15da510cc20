package io.gondola.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Short texts that differ where models do: SHA-256 over a tokenizer's file, or over a model's configuration and its weights.
 * Of the weights, names, sizes and samples: reading all of a large model would hold up the start, and two models of one
 * shape that differ anywhere differ nearly everywhere.
 */
public final class ModelFingerprint {

    private static final int SAMPLES = 16;
    private static final int SAMPLE_BYTES = 64 << 10;
    private static final int SHOWN_BYTES = 8;

    private ModelFingerprint() {}

    /** Empty where there is no tokenizer. */
    public static String tokenizer(Path directory) throws IOException {
        Path file = directory.resolve("tokenizer.json");
        return Files.isRegularFile(file) ? shown(digest(file)) : "";
    }

    /** @param computedAs whatever else changes what comes out: engine and precisions */
    public static String weights(Path directory, String computedAs) throws IOException {
        MessageDigest digest = sha256();
        digest.update(computedAs.getBytes(StandardCharsets.UTF_8));
        Path config = directory.resolve("config.json");
        if (Files.isRegularFile(config)) {
            digest.update(Files.readAllBytes(config));
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(file -> file.getFileName().toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
            addSamples(digest, file);
        }
        return shown(digest);
    }

    private static MessageDigest digest(Path file) throws IOException {
        MessageDigest digest = sha256();
        digest.update(Files.readAllBytes(file));
        return digest;
    }

    private static void addSamples(MessageDigest digest, Path file) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long bytes = in.length();
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(bytes).array());
            byte[] sample = new byte[SAMPLE_BYTES];
            long last = Math.max(0, bytes - SAMPLE_BYTES);
            for (int i = 0; i < SAMPLES; i++) {
                in.seek(last * i / (SAMPLES - 1));
                int read = in.read(sample);
                digest.update(sample, 0, Math.max(0, read));
            }
        }
    }

    private static String shown(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest(), 0, SHOWN_BYTES);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
