package io.gondola.worker.runtime;

import io.gondola.protocol.ModelDescription;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;

/**
 * What came of a step: the rows that were computed, and those that could not be. A step that fails is computed again row
 * by row, so that an error ends the sequences concerned and not everybody aboard.
 *
 * @param computed the rows that have results; may be none
 * @param results theirs, in their order
 * @param failures of the other rows
 */
record StepAttempt(List<StepRow> computed, List<RowResult> results, List<Failure> failures) {

    /** A row that could not be computed. */
    record Failure(StepRow row, Throwable cause) {

        /** For the client: an engine's own words, and none of a defect's. */
        String error() {
            return cause instanceof EngineException
                    ? "The model could not compute the next token: " + cause.getMessage()
                    : "The model could not compute the next token because of an internal error.";
        }
    }

    StepAttempt {
        computed = List.copyOf(computed);
        results = List.copyOf(results);
        failures = List.copyOf(failures);
    }

    static StepAttempt of(InferenceEngine engine, StepBatch batch, ModelDescription model) {
        try {
            StepResult result = StepCheck.check(engine.step(batch), batch, model);
            return new StepAttempt(batch.rows(), result.rows(), List.of());
        } catch (EngineException | RuntimeException | OutOfMemoryError failure) {
            return batch.rows().size() == 1
                    ? new StepAttempt(
                            List.of(),
                            List.of(),
                            List.of(new Failure(batch.rows().get(0), failure)))
                    : rowByRow(engine, batch, model);
        }
    }

    private static StepAttempt rowByRow(InferenceEngine engine, StepBatch batch, ModelDescription model) {
        List<StepRow> computed = new ArrayList<>();
        List<RowResult> results = new ArrayList<>();
        List<Failure> failures = new ArrayList<>();
        for (StepRow row : batch.rows()) {
            StepAttempt alone = of(engine, new StepBatch(List.of(row)), model);
            computed.addAll(alone.computed());
            results.addAll(alone.results());
            failures.addAll(alone.failures());
        }
        return new StepAttempt(computed, results, failures);
    }
}
