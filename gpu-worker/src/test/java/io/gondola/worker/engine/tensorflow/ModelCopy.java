package io.gondola.worker.engine.tensorflow;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A fixture's copy, to be changed, broken, and written in other number formats. */
final class ModelCopy {

    static final ObjectMapper JSON = new ObjectMapper();

    /** A tensor as it goes into a file. */
    record RawTensor(String type, long[] shape, byte[] data) {

        static RawTensor of(long[] shape, float[] numbers, String type) {
            ByteBuffer bytes = ByteBuffer.allocate(numbers.length * (type.equals("F32") ? 4 : 2))
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (float number : numbers) {
                switch (type) {
                    case "F32" -> bytes.putFloat(number);
                    case "BF16" -> bytes.putShort((short) (Float.floatToIntBits(number) >>> 16));
                    default -> throw new IllegalArgumentException(type);
                }
            }
            return new RawTensor(type, shape, bytes.array());
        }

        float[] floats() {
            ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
            float[] floats = new float[data.length / 4];
            bytes.asFloatBuffer().get(floats);
            return floats;
        }

        RawTensor as(String other) {
            return of(shape, floats(), other);
        }
    }

    final Path directory;
    Map<String, RawTensor> tensors;

    private ModelCopy(Path directory, Map<String, RawTensor> tensors) {
        this.directory = directory;
        this.tensors = tensors;
    }

    /** A copy of a fixture with one F32 weight file. */
    static ModelCopy of(String model, Path directory) throws IOException {
        Path from = ReferenceCases.directory(model);
        for (String name : List.of("config.json", "generation_config.json", "model.safetensors")) {
            Files.copy(from.resolve(name), directory.resolve(name));
        }
        return new ModelCopy(directory, read(directory.resolve("model.safetensors")));
    }

    /** Nothing yet. */
    static ModelCopy empty(Path directory) {
        return new ModelCopy(directory, new LinkedHashMap<>());
    }

    private static Map<String, RawTensor> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = (int) bytes.getLong();
        byte[] header = new byte[headerBytes];
        bytes.get(header);
        Map<String, RawTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : JSON.readTree(header).properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                JsonNode node = entry.getValue();
                int begin = node.get("data_offsets").get(0).intValue();
                byte[] data = new byte[node.get("data_offsets").get(1).intValue() - begin];
                bytes.get(8 + headerBytes + begin, data);
                long[] shape = Stream.iterate(0, i -> i + 1)
                        .limit(node.get("shape").size())
                        .mapToLong(i -> node.get("shape").get(i).longValue())
                        .toArray();
                tensors.put(entry.getKey(), new RawTensor(node.get("dtype").textValue(), shape, data));
            }
        }
        return tensors;
    }

    void config(Consumer<ObjectNode> change) throws IOException {
        Path file = directory.resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        change.accept(config);
        JSON.writeValue(file.toFile(), config);
    }

    void writeWeights() throws IOException {
        write("model.safetensors", tensors);
    }

    void write(String name, Map<String, RawTensor> some) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        int total = 0;
        for (Map.Entry<String, RawTensor> entry : some.entrySet()) {
            RawTensor tensor = entry.getValue();
            ObjectNode node = header.putObject(entry.getKey()).put("dtype", tensor.type());
            for (long extent : tensor.shape()) {
                node.withArray("shape").add(extent);
            }
            if (tensor.shape().length == 0) {
                node.putArray("shape");
            }
            node.putArray("data_offsets").add(total).add(total + tensor.data().length);
            total += tensor.data().length;
        }
        byte[] text = header.toString().getBytes(UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + total).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        some.values().forEach(tensor -> file.put(tensor.data()));
        Files.write(directory.resolve(name), file.array());
    }

    void text(String name, String content) throws IOException {
        Files.writeString(directory.resolve(name), content);
    }
}
