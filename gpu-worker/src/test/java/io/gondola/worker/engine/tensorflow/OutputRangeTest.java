package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TUint8;

class OutputRangeTest {

    @Test
    void whatIsAskedForInOnePieceIsSharedByTwo() {
        assertThat(OutputRange.of(List.of(50_257), 768))
                .containsExactly(new OutputRange(0, 25_152), new OutputRange(25_152, 25_105));
        assertThat(OutputRange.of(List.of(129), 1 << 14))
                .containsExactly(new OutputRange(0, 64), new OutputRange(64, 65));
    }

    @Test
    void tooLittleToShareStaysWhole() {
        assertThat(OutputRange.of(List.of(127), 1 << 20)).containsExactly(new OutputRange(0, 127));
        assertThat(OutputRange.of(List.of(1024), 1023)).containsExactly(new OutputRange(0, 1024));
        assertThat(OutputRange.of(List.of(1024), 1024)).hasSize(2);
    }

    @Test
    void whatIsAskedForInRangesStaysInThese() {
        assertThat(OutputRange.of(List.of(896, 128, 128), 896))
                .containsExactly(new OutputRange(0, 896), new OutputRange(896, 128), new OutputRange(1024, 128));
    }

    /** Rows come in groups, whose ends are not those of ranges. */
    @ParameterizedTest
    @CsvSource({"true, 7", "true, 64", "true, 500", "false, 1", "false, 9", "false, 500"})
    void rangesHoldWhatTheMatrixHolds(boolean outputFirst, int groupRows) {
        int inputs = 21;
        int outputs = 200;
        float[][] matrix = random(inputs, outputs);
        for (OutputRange range : List.of(new OutputRange(0, 130), new OutputRange(130, 70))) {
            try (TUint8 bytes = Tensor.of(TUint8.class, Shape.of(inputs, range.width()))) {
                OutputRange.Rounded target =
                        new OutputRange.Rounded(bytes.asRawTensor().data());
                int rows = outputFirst ? outputs : inputs;
                int columns = outputFirst ? inputs : outputs;
                for (int first = 0; first < rows; first += groupRows) {
                    int count = Math.min(groupRows, rows - first);
                    float[] group = new float[count * columns];
                    for (int i = 0; i < group.length; i++) {
                        int row = first + i / columns;
                        int column = i % columns;
                        group[i] = outputFirst ? matrix[column][row] : matrix[row][column];
                    }
                    range.put(group, first, count, columns, outputFirst, target);
                }
                for (int input = 0; input < inputs; input++) {
                    for (int output = 0; output < range.width(); output++) {
                        assertThat((byte) bytes.getByte(input, output))
                                .as("input %s, output %s of %s", input, output, range)
                                .isEqualTo((byte) Math.rint(matrix[input][range.start() + output]));
                    }
                }
            }
        }
    }

    private static float[][] random(int inputs, int outputs) {
        Random random = new Random(5);
        float[][] matrix = new float[inputs][outputs];
        for (float[] row : matrix) {
            for (int i = 0; i < outputs; i++) {
                row[i] = random.nextFloat(-127, 127);
            }
        }
        return matrix;
    }
}
