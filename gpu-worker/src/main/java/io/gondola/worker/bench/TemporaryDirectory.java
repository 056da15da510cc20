package io.gondola.worker.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A directory of files that is gone once closed, also when the process is ended by a signal. */
public final class TemporaryDirectory implements AutoCloseable {

    private final Path path;
    private final Thread atExit;

    /** @param prefix of its name */
    public TemporaryDirectory(String prefix) {
        try {
            this.path = Files.createTempDirectory(prefix);
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory could be made: " + e.getMessage(), e);
        }
        this.atExit = new Thread(this::delete, "gondola-delete");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // The process is ending, and the hook finds nothing to do.
        }
    }

    private void delete() {
        try {
            if (Files.exists(path)) {
                for (Path file : files()) {
                    Files.deleteIfExists(file);
                }
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + " could not be deleted: " + e.getMessage(), e);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.toList();
        }
    }
}
