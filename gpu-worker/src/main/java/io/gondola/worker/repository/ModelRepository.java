package io.gondola.worker.repository;

import io.gondola.launch.TextFiles;
import io.gondola.worker.engine.onnx.OnnxEngine;
import io.gondola.worker.engine.tensorflow.savedmodel.SavedModelEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of models, laid out as TensorFlow Serving and Triton have it:
 *
 * <pre>
 *   NAME/model.yaml                    optional
 *   NAME/1/saved_model.pb variables/   a SavedModel
 *   NAME/2/model.onnx                  or an ONNX file
 *   NAME/saved_model.pb                a single version, which is 1
 *   NAME/model.onnx
 *   NAME/onnx/model.onnx               as sentence-transformers has it
 * </pre>
 */
public final class ModelRepository {

    private static final String NAME_PATTERN = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
    private static final String VERSION_PATTERN = "[1-9][0-9]{0,17}";

    private final Path directory;

    public ModelRepository(Path directory) {
        this.directory = directory;
    }

    public Path directory() {
        return directory;
    }

    /** The names of all models, in order. Hidden entries and files are none. */
    public List<String> names() throws RepositoryException {
        List<String> names = new ArrayList<>();
        for (Path entry : list(directory)) {
            String name = String.valueOf(entry.getFileName());
            if (!Files.isDirectory(entry) || name.startsWith(".")) {
                continue;
            }
            requireName(name);
            names.add(name);
        }
        return names;
    }

    /** Whether there is a directory of that name. */
    public boolean has(String name) {
        return name.matches(NAME_PATTERN) && Files.isDirectory(directory.resolve(name));
    }

    /** What {@code model.yaml} says. */
    public ModelSettings settings(String name) throws RepositoryException {
        return ModelYaml.read(modelDirectory(name).resolve(ModelYaml.FILE));
    }

    /** The versions to serve, and where each is: a directory with a SavedModel or an ONNX file. */
    public NavigableMap<Long, Path> served(String name, VersionPolicy policy) throws RepositoryException {
        NavigableMap<Long, Path> there = versions(name);
        if (there.isEmpty()) {
            throw new RepositoryException(
                    modelDirectory(name) + ": no version: expected a directory with a number, and in" + " it "
                            + SavedModelEngine.MODEL_FILE + " or " + OnnxEngine.MODEL_FILE);
        }
        NavigableMap<Long, Path> served = new TreeMap<>(there);
        served.keySet().retainAll(policy.choose(there.navigableKeySet()));
        if (served.isEmpty()) {
            throw new RepositoryException(modelDirectory(name) + ": none of the versions that version_policy names");
        }
        return served;
    }

    private NavigableMap<Long, Path> versions(String name) throws RepositoryException {
        Path model = modelDirectory(name);
        NavigableMap<Long, Path> versions = new TreeMap<>();
        if (isModel(model)) {
            versions.put(1L, model);
        }
        for (Path entry : list(model)) {
            String number = String.valueOf(entry.getFileName());
            if (number.matches(VERSION_PATTERN) && isModel(entry)) {
                versions.put(Long.parseLong(number), entry);
            }
        }
        return versions;
    }

    /** Something that changes when the files of a version or its settings do. */
    public String fingerprint(String name, Path version) throws RepositoryException {
        StringBuilder print = new StringBuilder();
        Path settings = modelDirectory(name).resolve(ModelYaml.FILE);
        try (Stream<Path> files = Files.walk(version)) {
            for (Path file : Stream.concat(files.sorted(), Stream.of(settings)).toList()) {
                if (Files.isRegularFile(file)) {
                    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    print.append(file)
                            .append(':')
                            .append(attributes.size())
                            .append(':')
                            .append(attributes.lastModifiedTime())
                            .append(';');
                }
            }
            Path textFiles = tryTextFiles(name, version);
            print.append(textFiles == null ? "" : TextFiles.fingerprint(textFiles));
        } catch (IOException unreadable) {
            throw new RepositoryException(version + ": " + unreadable.getMessage(), unreadable);
        }
        return print.toString();
    }

    private static boolean isModel(Path version) {
        return Files.isRegularFile(version.resolve(SavedModelEngine.MODEL_FILE)) || OnnxEngine.tryFile(version) != null;
    }

    /** The directory of the files that say how text becomes a version's tensors; null where there is none. */
    public @Nullable Path tryTextFiles(String name, Path version) throws RepositoryException {
        return TextFiles.tryDirectory(modelDirectory(name), version);
    }

    private Path modelDirectory(String name) throws RepositoryException {
        requireName(name);
        Path model = directory.resolve(name);
        if (!Files.isDirectory(model)) {
            throw new RepositoryException("no model '" + name + "' in the repository");
        }
        return model;
    }

    private void requireName(String name) throws RepositoryException {
        if (!name.matches(NAME_PATTERN)) {
            throw new RepositoryException(
                    "'" + name + "' is no name for a model: letters, digits and _.- only, at most 128");
        }
    }

    private static List<Path> list(Path directory) throws RepositoryException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException unreadable) {
            throw new RepositoryException(directory + ": not readable as a directory", unreadable);
        }
    }
}
