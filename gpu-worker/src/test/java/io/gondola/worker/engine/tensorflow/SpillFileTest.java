package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TUint8;

class SpillFileTest {

    @TempDir
    Path directory;

    private static byte[] read(TUint8 tensor) {
        byte[] bytes = new byte[(int) tensor.asRawTensor().numBytes()];
        tensor.asRawTensor().data().read(bytes);
        return bytes;
    }

    @Test
    void tensorsKeepTheirContents() throws Exception {
        Random random = new Random(17);
        byte[][] contents = new byte[4][];
        TUint8[] tensors = new TUint8[4];
        try (SpillFile spill = SpillFile.open(directory)) {
            for (int i = 0; i < tensors.length; i++) {
                // From less than a page to many, and none a whole number of pages.
                contents[i] = new byte[3001 + 70_000 * i * i];
                random.nextBytes(contents[i]);
                tensors[i] = TUint8.tensorOf(Shape.of(contents[i].length));
                tensors[i].asRawTensor().data().write(contents[i]);
                spill.take(NativeMemory.Region.of(tensors[i]));
            }
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files).hasSize(1);
            }
            spill.seal();
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files).as("its name is gone").isEmpty();
            }
            for (int round = 0; round < 2; round++) {
                spill.giveBack();
                for (int i = 0; i < tensors.length; i++) {
                    assertThat(read(tensors[i])).as("tensor %s", i).isEqualTo(contents[i]);
                }
            }
        }
        for (TUint8 tensor : tensors) {
            tensor.asRawTensor()
                    .data()
                    .write(new byte[(int) tensor.asRawTensor().numBytes()]);
            assertThat(read(tensor)).as("ordinary memory again").containsOnly(0);
            tensor.close();
        }
    }

    @Test
    void aDirectoryMustHaveRoomOnADisk() {
        assertThat(SpillFile.directory(Long.MAX_VALUE / 2)).isEmpty();
    }
}
