package io.gondola.cluster;

import io.gondola.launch.Fingerprint;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private ModelFingerprint() {}

    /** Empty where there is no tokenizer. */
    public static String tokenizer(Path directory) throws IOException {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            return "";
        }
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.add(Files.readAllBytes(file));
        return fingerprint.take();
    }

    /** @param computedAs whatever else changes what comes out: engine and precisions */
    public static String weights(Path directory, String computedAs) throws IOException {
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.add(computedAs.getBytes(StandardCharsets.UTF_8));
        Path config = directory.resolve("config.json");
        if (Files.isRegularFile(config)) {
            fingerprint.add(Files.readAllBytes(config));
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(file -> file.getFileName().toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            fingerprint.add(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
            addSamples(fingerprint, file);
        }
        return fingerprint.take();
    }

    private static void addSamples(Fingerprint fingerprint, Path file) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long bytes = in.length();
            fingerprint.add(ByteBuffer.allocate(Long.BYTES).putLong(bytes).array());
            byte[] sample = new byte[SAMPLE_BYTES];
            long last = Math.max(0, bytes - SAMPLE_BYTES);
            for (int i = 0; i < SAMPLES; i++) {
                in.seek(last * i / (SAMPLES - 1));
                int read = in.read(sample);
                fingerprint.add(sample, Math.max(0, read));
            }
        }
    }
}
