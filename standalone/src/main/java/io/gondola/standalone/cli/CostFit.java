package io.gondola.standalone.cli;

import io.gondola.scheduler.simulation.StepCost;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a step that comes closest to measured steps.
 *
 * <p>A step takes {@code fixed + sequence x sequences + token x prompt tokens + look x context tokens}; the four are found
 * by least squares, none below zero. What is squared is the error relative to the measured time, so that the many short
 * steps count as much as the few long ones. With four unknowns the constraint needs no iteration: each of the 15 choices
 * of unknowns that are not zero is solved, and the best without a negative one is taken, the fewest unknowns first. So
 * what the measurements cannot tell apart (a context that grows with the sequences and with nothing else) stays zero.
 *
 * @param steps measured
 * @param meanError of the fit, relative to the measured time
 * @param maxError the largest
 */
record CostFit(StepCost cost, int steps, double meanError, double maxError) {

    private static final int UNKNOWNS = 4;
    private static final double NANOS_PER_MILLI = 1e6;
    /** A pivot this small beside the largest: two columns tell the same. */
    private static final double SINGULAR = 1e-9;
    /** One unknown more has to explain at least this much of the squared error. */
    private static final double WORTH = 1e-9;

    /** One measured step. @param sequences that decode; 0 of a step with prompts */
    record Step(double sequences, double promptTokens, double contextTokens, double millis) {

        double[] row() {
            return new double[] {1 / millis, sequences / millis, promptTokens / millis, contextTokens / millis};
        }
    }

    static CostFit of(List<Step> steps) {
        double[][] rows = steps.stream().map(Step::row).toArray(double[][]::new);
        double[] best = new double[UNKNOWNS];
        double bestError = error(rows, best);
        for (int size = 1; size <= UNKNOWNS; size++) {
            double[] found = best;
            double foundError = bestError;
            for (int chosen = 1; chosen < 1 << UNKNOWNS; chosen++) {
                double[] candidate = Integer.bitCount(chosen) == size ? trySolve(rows, chosen) : null;
                if (candidate != null && error(rows, candidate) < foundError - WORTH) {
                    found = candidate;
                    foundError = error(rows, candidate);
                }
            }
            best = found;
            bestError = foundError;
        }
        return of(best, rows);
    }

    private static CostFit of(double[] millis, double[][] rows) {
        double sum = 0;
        double max = 0;
        for (double[] row : rows) {
            double error = Math.abs(predicted(row, millis) - 1);
            sum += error;
            max = Math.max(max, error);
        }
        StepCost cost = new StepCost(
                Math.max(1, Math.round(millis[0] * NANOS_PER_MILLI)),
                Math.round(millis[1] * NANOS_PER_MILLI),
                Math.round(millis[2] * NANOS_PER_MILLI),
                millis[3] * NANOS_PER_MILLI);
        return new CostFit(cost, rows.length, sum / rows.length, max);
    }

    private static double error(double[][] rows, double[] x) {
        double sum = 0;
        for (double[] row : rows) {
            double error = predicted(row, x) - 1;
            sum += error * error;
        }
        return sum;
    }

    private static double predicted(double[] row, double[] x) {
        double sum = 0;
        for (int i = 0; i < UNKNOWNS; i++) {
            sum += row[i] * x[i];
        }
        return sum;
    }

    /** The chosen unknowns by the normal equations; null when they cannot be told apart, or one is negative. */
    private static double @Nullable [] trySolve(double[][] rows, int chosen) {
        int[] columns = new int[Integer.bitCount(chosen)];
        for (int column = 0, n = 0; column < UNKNOWNS; column++) {
            if ((chosen >> column & 1) == 1) {
                columns[n++] = column;
            }
        }
        double[] scale = scale(rows, columns);
        double[][] normal = new double[columns.length][columns.length + 1];
        for (double[] row : rows) {
            for (int i = 0; i < columns.length; i++) {
                double value = row[columns[i]] / scale[i];
                for (int j = 0; j < columns.length; j++) {
                    normal[i][j] += value * row[columns[j]] / scale[j];
                }
                normal[i][columns.length] += value;
            }
        }
        double[] solved = tryEliminate(normal);
        if (solved == null) {
            return null;
        }
        double[] x = new double[UNKNOWNS];
        for (int i = 0; i < columns.length; i++) {
            x[columns[i]] = solved[i] / scale[i];
        }
        return Arrays.stream(x).allMatch(value -> value >= 0) ? x : null;
    }

    /** Each column's length, so that a small pivot means a small angle. */
    private static double[] scale(double[][] rows, int[] columns) {
        double[] scale = new double[columns.length];
        for (int i = 0; i < columns.length; i++) {
            for (double[] row : rows) {
                scale[i] += row[columns[i]] * row[columns[i]];
            }
            scale[i] = scale[i] == 0 ? 1 : Math.sqrt(scale[i]);
        }
        return scale;
    }

    /** Gauss and Jordan; the matrix is symmetric and its diagonal is 1, so it needs no exchange of rows. */
    private static double @Nullable [] tryEliminate(double[][] matrix) {
        int size = matrix.length;
        for (int pivot = 0; pivot < size; pivot++) {
            if (Math.abs(matrix[pivot][pivot]) < SINGULAR) {
                return null;
            }
            for (int i = 0; i < size; i++) {
                double factor = i == pivot ? 0 : matrix[i][pivot] / matrix[pivot][pivot];
                for (int j = pivot; j <= size && factor != 0; j++) {
                    matrix[i][j] -= factor * matrix[pivot][j];
                }
            }
        }
        double[] x = new double[size];
        for (int i = 0; i < size; i++) {
            x[i] = matrix[i][size] / matrix[i][i];
        }
        return x;
    }
}
