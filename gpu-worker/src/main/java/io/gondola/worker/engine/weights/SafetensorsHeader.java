package io.gondola.worker.engine.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.worker.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: what tensors it holds and where. Nothing in it is believed before it was checked
 * against the file's length, so a lying file costs no memory.
 *
 * <p>Format: 8 bytes, little endian, the length of the header; the header, a JSON object {@code {name: {dtype, shape,
 * data_offsets: [begin, end]}}}, offsets counted from behind the header; then the data, without holes.
 */
final class SafetensorsHeader {

    private static final int LENGTH_BYTES = 8;
    /** As in the reference implementation. */
    static final int HEADER_BYTES_MAX = 100_000_000;
    /** No model has more dimensions than this in one tensor. */
    static final int DIMENSIONS_MAX = 16;

    private static final String METADATA = "__metadata__";

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxStringLength(HEADER_BYTES_MAX)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final long dataStartBytes;
    private final long dataBytes;

    private SafetensorsHeader(Path file, long dataStartBytes, long dataBytes) {
        this.file = file;
        this.dataStartBytes = dataStartBytes;
        this.dataBytes = dataBytes;
    }

    /** The tensors of a file by name, in the order of the header. */
    static Map<String, TensorEntry> read(Path file) throws EngineException {
        requireFile(file);
        try (FileChannel channel = FileChannel.open(file)) {
            long fileBytes = channel.size();
            if (fileBytes == 0) {
                throw new EngineException(file + ": the file is empty, expected a safetensors file");
            }
            if (fileBytes < LENGTH_BYTES) {
                throw new EngineException(file + ": truncated, " + fileBytes
                        + " bytes; a safetensors file begins with 8 bytes that tell its header's length");
            }
            long headerBytes = readFully(channel, 0, LENGTH_BYTES, file).getLong();
            if (headerBytes < 0 || headerBytes > fileBytes - LENGTH_BYTES) {
                throw new EngineException(file + ": truncated or not a safetensors file; its header would take "
                        + Long.toUnsignedString(headerBytes) + " bytes, " + (fileBytes - LENGTH_BYTES) + " are there");
            }
            if (headerBytes > HEADER_BYTES_MAX) {
                throw new EngineException(file + ": not a safetensors file; its header would take " + headerBytes
                        + " bytes, at most " + HEADER_BYTES_MAX + " are allowed");
            }
            byte[] header =
                    readFully(channel, LENGTH_BYTES, (int) headerBytes, file).array();
            long dataStartBytes = LENGTH_BYTES + headerBytes;
            return new SafetensorsHeader(file, dataStartBytes, fileBytes - dataStartBytes).parse(header);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    static void requireFile(Path file) throws EngineException {
        if (Files.isDirectory(file)) {
            throw new EngineException(file + ": is a directory, expected a file");
        }
        if (!Files.exists(file)) {
            throw new EngineException(file + ": no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new EngineException(file + ": is not a regular file");
        }
        if (!Files.isReadable(file)) {
            throw new EngineException(file + ": may not be read by this user");
        }
    }

    private static ByteBuffer readFully(FileChannel channel, long offset, int length, Path file)
            throws IOException, EngineException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new EngineException(file + ": became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    private Map<String, TensorEntry> parse(byte[] header) throws EngineException, IOException {
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw new EngineException(file + ": the header is not valid JSON: " + e.getOriginalMessage(), e);
        }
        if (root == null || !root.isObject()) {
            throw new EngineException(file + ": the header is not a JSON object of tensors");
        }
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : root.properties()) {
            if (!property.getKey().equals(METADATA)) {
                tensors.put(property.getKey(), entry(property.getKey(), property.getValue()));
            }
        }
        requireTiling(tensors);
        return tensors;
    }

    private TensorEntry entry(String name, JsonNode node) throws EngineException {
        DataType type = type(name, node.path("dtype"));
        long[] shape = shape(name, node.path("shape"));
        JsonNode offsets = node.path("data_offsets");
        if (!offsets.isArray() || offsets.size() != 2) {
            throw wrong(name, "data_offsets must be [begin, end], is " + shown(offsets));
        }
        long begin = whole(name, "data_offsets", offsets.get(0));
        long end = whole(name, "data_offsets", offsets.get(1));
        if (end < begin) {
            throw wrong(name, "data_offsets " + shown(offsets) + " end before they begin");
        }
        if (end > dataBytes) {
            throw wrong(
                    name,
                    "data_offsets " + shown(offsets) + " reach beyond the file, which holds " + dataBytes
                            + " bytes of data; truncated?");
        }
        long expectedBytes;
        try {
            expectedBytes = type.bytesOf(shape);
        } catch (ArithmeticException e) {
            throw wrong(name, "the size of " + type + " " + shown(node.path("shape")) + " is impossible");
        }
        if (expectedBytes != end - begin) {
            throw wrong(
                    name,
                    type + " " + shown(node.path("shape")) + " takes " + expectedBytes + " bytes, but data_offsets "
                            + shown(offsets) + " hold " + (end - begin));
        }
        return new TensorEntry(name, file, type, shape, dataStartBytes + begin, end - begin);
    }

    private DataType type(String name, JsonNode node) throws EngineException {
        DataType type = node.isTextual() ? DataType.named(node.textValue()) : null;
        if (type == null) {
            throw wrong(name, "unknown dtype " + shown(node) + "; F32, F16 and BF16 are supported");
        }
        return type;
    }

    private long[] shape(String name, JsonNode node) throws EngineException {
        if (!node.isArray() || node.size() > DIMENSIONS_MAX) {
            throw wrong(
                    name, "shape must be a list of at most " + DIMENSIONS_MAX + " whole numbers, is " + shown(node));
        }
        long[] shape = new long[node.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = whole(name, "shape", node.get(i));
        }
        return shape;
    }

    private long whole(String name, String field, JsonNode node) throws EngineException {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
            throw wrong(name, field + " must hold whole numbers from 0 up, holds " + shown(node));
        }
        return node.longValue();
    }

    /** Tensors neither share bytes nor leave holes: a file where they do is damaged, or made to mislead. */
    private void requireTiling(Map<String, TensorEntry> tensors) throws EngineException {
        List<TensorEntry> sorted = new ArrayList<>(tensors.values());
        sorted.sort(Comparator.comparingLong(TensorEntry::offsetBytes).thenComparingLong(TensorEntry::sizeBytes));
        long expectedBytes = dataStartBytes;
        String previous = "the header";
        for (TensorEntry tensor : sorted) {
            if (tensor.offsetBytes() < expectedBytes) {
                throw wrong(tensor.name(), "its data_offsets overlap those of tensor \"" + previous + "\"");
            }
            if (tensor.offsetBytes() > expectedBytes) {
                throw wrong(
                        tensor.name(),
                        "its data_offsets leave a hole of " + (tensor.offsetBytes() - expectedBytes)
                                + " bytes behind \"" + previous + "\"");
            }
            expectedBytes += tensor.sizeBytes();
            previous = tensor.name();
        }
        long surplus = dataStartBytes + dataBytes - expectedBytes;
        if (surplus != 0) {
            throw new EngineException(file + ": " + surplus + " bytes behind the last tensor belong to none");
        }
    }

    private EngineException wrong(String tensor, String what) {
        return new EngineException(file + ": tensor \"" + tensor + "\": " + what);
    }

    /** What stands there, short enough for a message. */
    private static String shown(JsonNode node) {
        return ConfigFile.shown(node);
    }
}
