package io.gondola.worker.engine.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.worker.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way in which a safetensors file can lie. */
class SafetensorsHeaderTest {

    @TempDir
    Path directory;

    private static byte[] file(long headerBytes, String header, int dataBytes) {
        byte[] text = header.getBytes(UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        return buffer.putLong(headerBytes).put(text).array();
    }

    private static byte[] file(String header, int dataBytes) {
        return file(header.getBytes(UTF_8).length, header, dataBytes);
    }

    private static String tensor(String name, String type, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":" + type + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    private static Arguments one(String type, String shape, String offsets, int dataBytes, String expected) {
        return Arguments.of(
                file("{" + tensor("w", type, shape, offsets) + "}", dataBytes), "tensor \"w\": " + expected);
    }

    static Stream<Arguments> broken() {
        String f32 = "\"F32\"";
        return Stream.of(
                Arguments.of(new byte[0], "the file is empty"),
                Arguments.of(new byte[] {1, 2, 3}, "truncated, 3 bytes"),
                Arguments.of(file(3, "{}", 0), "header would take 3 bytes, 2 are there"),
                Arguments.of(file(Long.MAX_VALUE, "{}", 0), "header would take 9223372036854775807 bytes"),
                Arguments.of(file(-1, "{}", 0), "header would take 18446744073709551615 bytes"),
                Arguments.of(file("", 0), "not a JSON object"),
                Arguments.of(file("{\"w\":", 0), "not valid JSON"),
                Arguments.of(file("{} {}", 0), "not valid JSON"),
                Arguments.of(file("[".repeat(5000), 0), "not valid JSON"),
                Arguments.of(file("\u0000\u0001", 0), "not valid JSON"),
                Arguments.of(file("[1]", 0), "not a JSON object"),
                Arguments.of(file("{\"w\":7}", 0), "tensor \"w\": unknown dtype missing"),
                Arguments.of(
                        file("{" + tensor("w", f32, "[1]", "[0,4]") + "," + tensor("w", f32, "[1]", "[4,8]") + "}", 8),
                        "Duplicate field 'w'"),
                Arguments.of(
                        file(
                                "{" + tensor("a", f32, "[2]", "[0,8]") + "," + tensor("b", f32, "[2]", "[4,12]") + "}",
                                12),
                        "tensor \"b\": its data_offsets overlap those of tensor \"a\""),
                Arguments.of(
                        file("{" + tensor("a", f32, "[1]", "[0,4]") + "," + tensor("b", f32, "[1]", "[0,4]") + "}", 4),
                        "overlap"),
                Arguments.of(
                        file(
                                "{" + tensor("a", f32, "[1]", "[0,4]") + "," + tensor("b", f32, "[1]", "[8,12]") + "}",
                                12),
                        "tensor \"b\": its data_offsets leave a hole of 4 bytes"),
                Arguments.of(file("{" + tensor("a", f32, "[1]", "[0,4]") + "}", 9), "5 bytes behind the last tensor"),
                one("\"Q4\"", "[1]", "[0,4]", 4, "unknown dtype \"Q4\""),
                one("\"f32\"", "[1]", "[0,4]", 4, "unknown dtype \"f32\""),
                one("null", "[1]", "[0,4]", 4, "unknown dtype null"),
                one(f32, "4", "[0,4]", 4, "shape must be a list"),
                one(f32, "[1.5]", "[0,4]", 4, "shape must hold whole numbers"),
                one(f32, "[-1]", "[0,4]", 4, "shape must hold whole numbers from 0 up, holds -1"),
                one(f32, "[\"1\"]", "[0,4]", 4, "shape must hold whole numbers"),
                one(f32, "[" + "1,".repeat(40) + "1]", "[0,4]", 4, "shape must be a list of at most 16"),
                one(f32, "[9223372036854775807,4]", "[0,4]", 4, "the size of "),
                one(f32, "[4611686018427387905]", "[0,4]", 4, "the size of "),
                one(f32, "[4294967296,4294967296]", "[0,0]", 0, "the size of "),
                one(f32, "[99999999999999999999]", "[0,4]", 4, "shape must hold whole numbers"),
                one(f32, "[2]", "[0,4]", 4, "F32 [2] takes 8 bytes, but data_offsets [0,4] hold 4"),
                one("\"F16\"", "[2]", "[0,8]", 8, "F16 [2] takes 4 bytes, but data_offsets [0,8] hold 8"),
                one("\"F4\"", "[1]", "[0,1]", 1, "the size of "),
                one(f32, "[1]", "[0,8]", 4, "data_offsets [0,8] reach beyond the file, which holds 4 bytes of data"),
                one(f32, "[1]", "[4,0]", 4, "data_offsets [4,0] end before they begin"),
                one(f32, "[1]", "[-4,0]", 4, "data_offsets must hold whole numbers from 0 up"),
                one(f32, "[1]", "[0]", 4, "data_offsets must be [begin, end]"),
                one(f32, "[1]", "null", 4, "data_offsets must be [begin, end]"),
                one(f32, "[1]", "[0,4.0]", 4, "data_offsets must hold whole numbers"),
                one(f32, "[1]", "[0,99999999999999999999]", 4, "data_offsets must hold whole numbers"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void aBrokenFileIsRefusedInWords(byte[] content, String expected) throws IOException {
        Path file = Files.write(directory.resolve("model.safetensors"), content);
        assertThatThrownBy(() -> SafetensorsHeader.read(file))
                .isInstanceOf(EngineException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(expected)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aGoodFileIsRead() throws Exception {
        String header = "{\"__metadata__\":{\"format\":\"pt\"}," + tensor("b", "\"BF16\"", "[2,3]", "[4,16]") + ","
                + tensor("a", "\"F32\"", "[]", "[0,4]") + "," + tensor("none", "\"I8\"", "[0,7]", "[16,16]") + "}   ";
        Path file = Files.write(directory.resolve("model.safetensors"), file(header, 16));
        Map<String, TensorEntry> tensors = SafetensorsHeader.read(file);
        assertThat(tensors).containsOnlyKeys("b", "a", "none");
        TensorEntry b = tensors.get("b");
        long data = 8 + header.length();
        assertThat(b.type()).isEqualTo(DataType.BF16);
        assertThat(b.shape()).containsExactly(2, 3);
        assertThat(b.offsetBytes()).isEqualTo(data + 4);
        assertThat(b.sizeBytes()).isEqualTo(12);
    }

    @Test
    void directoriesAndMissingFilesAreNamed() {
        assertThatThrownBy(() -> SafetensorsHeader.read(directory)).hasMessageContaining("is a directory");
        assertThatThrownBy(() -> SafetensorsHeader.read(directory.resolve("none")))
                .hasMessageContaining("no such file");
    }

    /** Whatever is changed or cut, the answer is tensors inside the file or an EngineException, nothing else. */
    @Test
    void damagedFilesNeverGiveAnythingBeyondTheFile() throws Exception {
        byte[] good = file(
                "{" + tensor("a", "\"F32\"", "[2,2]", "[0,16]") + "," + tensor("b", "\"F16\"", "[3]", "[16,22]") + "}",
                22);
        Path file = directory.resolve("model.safetensors");
        Random random = new Random(11);
        int refused = 0;
        for (int round = 0; round < 1500; round++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
            for (int i = random.nextInt(3); i >= 0 && bad.length > 0; i--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, bad);
            try {
                for (TensorEntry tensor : SafetensorsHeader.read(file).values()) {
                    assertThat(tensor.offsetBytes() + tensor.sizeBytes())
                            .as("seed 11, round %s", round)
                            .isLessThanOrEqualTo(bad.length);
                }
            } catch (EngineException expected) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(700);
    }
}
