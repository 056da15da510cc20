package io.gondola.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.launch.UsageException;
import io.gondola.scheduler.simulation.StepCost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A step's cost from measured steps, a JSON object: {@code decode} is an array of objects with {@code sequences} and
 * {@code stepMillis}, {@code prefill} one with {@code tokens} and {@code stepMillis}.
 *
 * <p>The decode steps give what is fixed and what each sequence adds, by least squares; the prefill steps what a prompt
 * token adds to what is fixed. What a longer context adds is in the sequences' share, at the length measured.
 */
final class MeasuredCost {

    private static final String OPTION = "--cost-file";
    private static final double NANOS_PER_MILLI = 1e6;

    private MeasuredCost() {}

    static StepCost read(Path file) throws UsageException {
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Files.readString(file));
        } catch (JsonProcessingException wrong) {
            throw new UsageException(OPTION, file + " is not JSON: " + wrong.getOriginalMessage());
        } catch (IOException failure) {
            throw new UsageException(OPTION, "cannot read " + file + ": " + failure.getMessage());
        }
        double[] line = fit(points(file, root, "decode", "sequences"));
        double[][] prefill = points(file, root, "prefill", "tokens");
        double[] tokenMillis = new double[prefill.length];
        for (int i = 0; i < prefill.length; i++) {
            tokenMillis[i] = Math.max(0, prefill[i][1] - line[0]) / prefill[i][0];
        }
        Arrays.sort(tokenMillis);
        return new StepCost(Math.max(1, nanos(line[0])), nanos(line[1]), nanos(tokenMillis[tokenMillis.length / 2]), 0);
    }

    /** Intercept and slope, neither below 0. */
    private static double[] fit(double[][] points) {
        double n = points.length;
        double x = 0;
        double y = 0;
        for (double[] point : points) {
            x += point[0] / n;
            y += point[1] / n;
        }
        double xy = 0;
        double xx = 0;
        for (double[] point : points) {
            xy += (point[0] - x) * (point[1] - y);
            xx += (point[0] - x) * (point[0] - x);
        }
        double slope = xx == 0 ? 0 : Math.max(0, xy / xx);
        return y - slope * x >= 0 ? new double[] {y - slope * x, slope} : new double[] {0, y / x};
    }

    private static double[][] points(Path file, JsonNode root, String array, String size) throws UsageException {
        JsonNode steps = root.path(array);
        if (!steps.isArray() || steps.isEmpty()) {
            throw new UsageException(OPTION, file + ": " + array + " must be an array with something in it");
        }
        double[][] points = new double[steps.size()][];
        for (int i = 0; i < points.length; i++) {
            String where = array + "[" + i + "].";
            points[i] = new double[] {
                number(file, steps.get(i), where, size), number(file, steps.get(i), where, "stepMillis")
            };
        }
        return points;
    }

    private static double number(Path file, JsonNode step, String where, String field) throws UsageException {
        double value = step.path(field).asDouble(Double.NaN);
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new UsageException(OPTION, file + ": " + where + field + " must be a number above 0");
        }
        return value;
    }

    private static long nanos(double millis) {
        return Math.round(millis * NANOS_PER_MILLI);
    }
}
