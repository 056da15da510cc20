package io.gondola.gateway.text;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The models in the repository, loaded once for all tests. */
public final class TestModels {

    private static final Map<Path, ServedModel> LOADED = new ConcurrentHashMap<>();

    private TestModels() {}

    public static ServedModel guide() {
        return load("gondola-guide", Path.of("..", "models", "gondola-guide"));
    }

    public static ServedModel fixture(String name) {
        return load(name, Path.of("..", "fixtures", name));
    }

    private static ServedModel load(String name, Path dir) {
        return LOADED.computeIfAbsent(dir, path -> {
            try {
                return ServedModel.load(name, path);
            } catch (ModelFilesException e) {
                throw new AssertionError(e);
            }
        });
    }
}
