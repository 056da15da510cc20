package io.gondola.worker.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Well-known models by the sizes of their config.json; a resource each. */
public final class ModelShapes {

    public static final List<String> NAMES = List.of(
            "gpt2-124m", "gpt2-355m", "smollm2-135m", "smollm2-360m", "qwen2.5-0.5b", "qwen3-0.6b", "llama-3.2-1b");

    private ModelShapes() {}

    /** The config.json of one of {@link #NAMES}. */
    public static String config(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("no such shape: " + name);
        }
        try (InputStream in = ModelShapes.class.getResourceAsStream(name + ".json")) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + ".json is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
