package io.gondola.worker.embedding;

import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;

/** What a model gave for one text: a vector for each token, and which of the tokens count. */
final class TokenVectors {

    /** Smaller sums of weights count as this, as in sentence-transformers: no text divides by 0. */
    private static final double WEIGHT_MIN = 1e-9;

    private final float[] values;
    private final long[] mask;
    private final int width;

    /**
     * @param values token by token
     * @param mask by token: 0 for what is none
     */
    TokenVectors(float[] values, long[] mask) {
        this.values = values;
        this.mask = mask;
        this.width = mask.length == 0 ? 0 : values.length / mask.length;
    }

    int length() {
        return mask.length;
    }

    int width() {
        return width;
    }

    double weight(int token) {
        return mask[token];
    }

    float value(int token, int dimension) {
        return values[token * width + dimension];
    }

    void copy(int token, float[] into, int at) {
        System.arraycopy(values, token * width, into, at, width);
    }

    /** The last token that counts; the first where none does. */
    int last() {
        int last = mask.length - 1;
        while (last > 0 && mask[last] == 0) {
            last--;
        }
        return last;
    }

    /** The weighted sum over {@code divisor} of the sum of the weights. In double: many small numbers are added. */
    void sum(IntToDoubleFunction weights, DoubleUnaryOperator divisor, float[] into, int at) {
        double[] sum = new double[width];
        double weightSum = 0;
        for (int token = 0; token < mask.length; token++) {
            double weight = weights.applyAsDouble(token);
            weightSum += weight;
            for (int i = 0; weight != 0 && i < width; i++) {
                sum[i] += weight * values[token * width + i];
            }
        }
        double by = divisor.applyAsDouble(Math.max(weightSum, WEIGHT_MIN));
        for (int i = 0; i < width; i++) {
            into[at + i] = (float) (sum[i] / by);
        }
    }
}
