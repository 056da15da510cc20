package io.gondola.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.launch.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measured steps, a JSON object: {@code decode} is an array of objects with {@code sequences}, {@code stepMillis} and, if
 * it is known, {@code contextTokens}, what all sequences together look back at; {@code prefill} is one with {@code tokens}
 * and {@code stepMillis}.
 */
final class MeasuredCost {

    private static final String OPTION = "--cost-file";

    private MeasuredCost() {}

    static CostFit read(Path file) throws UsageException {
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Files.readString(file));
        } catch (JsonProcessingException wrong) {
            throw new UsageException(OPTION, file + " is not JSON: " + wrong.getOriginalMessage());
        } catch (IOException failure) {
            throw new UsageException(OPTION, "cannot read " + file + ": " + failure.getMessage());
        }
        List<CostFit.Step> steps = new ArrayList<>();
        for (JsonNode step : array(file, root, "decode")) {
            String where = "decode[" + steps.size() + "].";
            double contextTokens = step.has("contextTokens") ? number(file, step, where, "contextTokens") : 0;
            steps.add(new CostFit.Step(
                    number(file, step, where, "sequences"), 0, contextTokens, number(file, step, where, "stepMillis")));
        }
        int decodes = steps.size();
        for (JsonNode step : array(file, root, "prefill")) {
            String where = "prefill[" + (steps.size() - decodes) + "].";
            steps.add(new CostFit.Step(
                    0, number(file, step, where, "tokens"), 0, number(file, step, where, "stepMillis")));
        }
        return CostFit.of(steps);
    }

    private static JsonNode array(Path file, JsonNode root, String name) throws UsageException {
        JsonNode steps = root.path(name);
        if (!steps.isArray() || steps.isEmpty()) {
            throw new UsageException(OPTION, file + ": " + name + " must be an array with something in it");
        }
        return steps;
    }

    private static double number(Path file, JsonNode step, String where, String field) throws UsageException {
        double value = step.path(field).asDouble(Double.NaN);
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new UsageException(OPTION, file + ": " + where + field + " must be a number above 0");
        }
        return value;
    }
}
