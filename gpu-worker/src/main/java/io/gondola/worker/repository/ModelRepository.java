package io.gondola.worker.repository;

import io.gondola.launch.Fingerprint;
import io.gondola.launch.TextFiles;
import io.gondola.worker.engine.onnx.OnnxEngine;
import io.gondola.worker.engine.tensorflow.savedmodel.SavedModelEngine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
 *   NAME/model.yaml                    optional, or config.pbtxt as Triton has it
 *   NAME/1/saved_model.pb variables/   a SavedModel
 *   NAME/1/model.savedmodel/           the same one deeper, as Triton has it
 *   NAME/2/model.onnx                  or an ONNX file
 *   NAME/saved_model.pb                a single version, which is 1
 *   NAME/model.onnx
 *   NAME/onnx/model.onnx               as sentence-transformers has it
 * </pre>
 */
public final class ModelRepository {

    private static final String NAME_PATTERN = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
    private static final String VERSION_PATTERN = "[1-9][0-9]{0,17}";

    private static final int READ_BYTES = 1 << 16;

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

    /** What {@code model.yaml} or {@code config.pbtxt} says; the defaults where there is neither. */
    public ModelSettings settings(String name) throws RepositoryException {
        Path file = trySettingsFile(name);
        if (file == null) {
            return ModelSettings.DEFAULT;
        }
        return file.endsWith(ModelYaml.FILE) ? ModelYaml.read(file) : ConfigPbtxt.read(name, file);
    }

    private @Nullable Path trySettingsFile(String name) throws RepositoryException {
        Path yaml = modelDirectory(name).resolve(ModelYaml.FILE);
        Path pbtxt = modelDirectory(name).resolve(ConfigPbtxt.FILE);
        if (Files.exists(yaml) && Files.exists(pbtxt)) {
            throw new RepositoryException(modelDirectory(name) + ": has " + ModelYaml.FILE + " and " + ConfigPbtxt.FILE
                    + "; which of them holds? Remove one");
        }
        if (Files.exists(yaml)) {
            return yaml;
        }
        return Files.exists(pbtxt) ? pbtxt : null;
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
        Path settings = trySettingsFile(name);
        try (Stream<Path> files = Files.walk(version)) {
            for (Path file :
                    Stream.concat(files.sorted(), Stream.ofNullable(settings)).toList()) {
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

    /**
     * What tells the contents of a version's files and its settings apart, wherever they lie: workers that have the same
     * serve the same.
     *
     * @param settingsText in the place of the settings beside the model; empty for those
     */
    public String contentFingerprint(String name, Path version, String settingsText) throws RepositoryException {
        Fingerprint fingerprint = new Fingerprint();
        try (Stream<Path> files = Files.walk(version)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                fingerprint.add(version.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                addContents(fingerprint, file);
            }
            Path settings = settingsText.isEmpty() ? trySettingsFile(name) : null;
            fingerprint.add(settingsText.getBytes(StandardCharsets.UTF_8));
            if (settings != null) {
                addContents(fingerprint, settings);
            }
            Path textFiles = tryTextFiles(name, version);
            if (textFiles != null) {
                fingerprint.add(TextFiles.fingerprint(textFiles).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException | UncheckedIOException unreadable) {
            throw new RepositoryException(version + ": " + unreadable.getMessage(), unreadable);
        }
        return fingerprint.take();
    }

    private static void addContents(Fingerprint fingerprint, Path file) throws IOException {
        byte[] buffer = new byte[READ_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                fingerprint.add(buffer, read);
            }
        }
    }

    private static boolean isModel(Path version) {
        return SavedModelEngine.tryDirectory(version) != null || OnnxEngine.tryFile(version) != null;
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
