package io.gondola.worker.engine.tensorflow;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The angles of rotary positions: pair i of a head turns by {@code position * inverse[i]}.
 *
 * @param inverse radians per position, for each pair of a head's numbers
 * @param magnitude factor of cosine and sine (YaRN's attention factor), otherwise 1
 */
@SuppressWarnings("ArrayRecordComponent") // Compared nowhere.
record RotaryFrequencies(double[] inverse, double magnitude) {

    /** Cosines of the angles, [positions][pairs]. */
    float[][] cosines(int positions) {
        return table(positions, Math::cos);
    }

    /** Sines of the angles, [positions][pairs]. */
    float[][] sines(int positions) {
        return table(positions, Math::sin);
    }

    private float[][] table(int positions, DoubleUnaryOperator function) {
        float[][] table = new float[positions][inverse.length];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < inverse.length; i++) {
                // In single precision, as the models were trained.
                float angle = position * (float) inverse[i];
                table[position][i] = (float) (function.applyAsDouble(angle) * magnitude);
            }
        }
        return table;
    }

    @Override
    public String toString() {
        return "RotaryFrequencies" + Arrays.toString(inverse) + " * " + magnitude;
    }
}
