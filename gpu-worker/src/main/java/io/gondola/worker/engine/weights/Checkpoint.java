package io.gondola.worker.engine.weights;

import io.gondola.worker.engine.EngineException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tensors of a model directory by name: one model.safetensors, or the shards its index names. */
public final class Checkpoint {

    static final String SINGLE_FILE = "model.safetensors";
    static final String INDEX_FILE = "model.safetensors.index.json";

    private final Path origin;
    private final Map<String, TensorEntry> tensors;

    private Checkpoint(Path origin, Map<String, TensorEntry> tensors) {
        this.origin = origin;
        this.tensors = tensors;
    }

    /** Without any tensor: for who asks what a model's tensors would be called. */
    public static Checkpoint empty(Path origin) {
        return new Checkpoint(origin, Map.of());
    }

    /** Reads and checks all headers; no weight is read yet. */
    public static Checkpoint open(Path directory) throws EngineException {
        Path single = directory.resolve(SINGLE_FILE);
        if (Files.exists(single)) {
            return new Checkpoint(single, SafetensorsHeader.read(single));
        }
        Path index = directory.resolve(INDEX_FILE);
        if (Files.exists(index)) {
            return new Checkpoint(index, readShards(directory, index));
        }
        throw new EngineException(directory + ": has neither " + SINGLE_FILE + " nor " + INDEX_FILE
                + (Files.exists(directory.resolve("pytorch_model.bin")) ? "; pytorch_model.bin is not read" : ""));
    }

    private static Map<String, TensorEntry> readShards(Path directory, Path index) throws EngineException {
        ConfigFile weightMap = ConfigFile.read(index)
                .object("weight_map")
                .orElseThrow(() -> new EngineException(
                        index + ": weight_map must be an object from tensor names to file names, but is missing"));
        Map<String, Map<String, TensorEntry>> shards = new HashMap<>();
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        for (String name : weightMap.fields()) {
            String shardName = weightMap
                    .text(name)
                    .orElseThrow(() -> new EngineException(index + ": weight_map." + name + " must be a file name"));
            Map<String, TensorEntry> shard = shards.get(shardName);
            if (shard == null) {
                shard = readShard(directory, index, name, shardName);
                shards.put(shardName, shard);
            }
            TensorEntry tensor = shard.get(name);
            if (tensor == null) {
                throw new EngineException(directory.resolve(shardName) + ": lacks tensor \"" + name + "\", which "
                        + INDEX_FILE + " says is in it");
            }
            tensors.put(name, tensor);
        }
        return tensors;
    }

    private static Map<String, TensorEntry> readShard(Path directory, Path index, String tensor, String shardName)
            throws EngineException {
        Path shard;
        try {
            shard = directory.resolve(shardName).normalize();
        } catch (InvalidPathException e) {
            throw new EngineException(index + ": tensor \"" + tensor + "\": \"" + shardName + "\" is no file name", e);
        }
        if (shardName.isEmpty()
                || Path.of(shardName).isAbsolute()
                || !shard.startsWith(directory.normalize())
                || shard.equals(directory.normalize())) {
            throw new EngineException(index + ": tensor \"" + tensor + "\": shard \"" + shardName
                    + "\" must be a file inside the model's directory");
        }
        if (!Files.exists(shard)) {
            throw new EngineException(
                    shard + ": no such file; " + INDEX_FILE + " says that it holds tensor \"" + tensor + "\"");
        }
        return SafetensorsHeader.read(shard);
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Of all tensors. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** An error in these files, in words. */
    public EngineException error(String what) {
        return new EngineException(origin + ": " + what);
    }

    /** Whether both are there, and the same in number format, shape and every byte. */
    public boolean areEqual(String one, String other) throws EngineException {
        @Nullable TensorEntry first = tensors.get(one);
        @Nullable TensorEntry second = tensors.get(other);
        return first != null
                && second != null
                && first.type() == second.type()
                && first.hasShape(second.shape())
                && TensorBytes.areEqual(first, second);
    }

    /** The tensor of this name; an error unless it is there, in a number format we read, and of this shape. */
    public TensorEntry require(String name, long... shape) throws EngineException {
        @Nullable TensorEntry tensor = tensors.get(name);
        if (tensor == null) {
            throw new EngineException(
                    origin + ": tensor \"" + name + "\" is missing, expected one of shape " + Arrays.toString(shape));
        }
        if (!tensor.hasShape(shape)) {
            throw new EngineException(tensor.file() + ": tensor \"" + name + "\" is " + tensor.typeAndShape()
                    + ", expected shape " + Arrays.toString(shape) + " from config.json");
        }
        if (!tensor.type().isReadable()) {
            throw new EngineException(tensor.file() + ": tensor \"" + name + "\" is " + tensor.typeAndShape()
                    + "; only F32, F16 and BF16 weights are supported");
        }
        return tensor;
    }
}
