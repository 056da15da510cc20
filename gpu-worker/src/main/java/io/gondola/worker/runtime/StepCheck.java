package io.gondola.worker.runtime;

import io.gondola.protocol.ModelDescription;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepResult.RowResult;

/** Holds an engine to its contract before anything it gave reaches a client. */
final class StepCheck {

    private StepCheck() {}

    /** The result itself, when it answers the batch row by row with tokens of the vocabulary, or with none where numbers overflowed. */
    static StepResult check(StepResult result, StepBatch batch, ModelDescription model) throws EngineException {
        int rows = batch.rows().size();
        if (result.rows().size() != rows) {
            throw new EngineException("the engine answered " + result.rows().size() + " of " + rows + " rows");
        }
        for (int i = 0; i < rows; i++) {
            RowResult row = result.rows().get(i);
            boolean isToken = row.token() >= 0 && row.token() < model.vocabularySize();
            if (batch.rows().get(i).sample() && !isToken && row.token() != RowResult.NO_TOKEN) {
                throw new EngineException(
                        "the engine drew token " + row.token() + " of a vocabulary of " + model.vocabularySize());
            }
        }
        return result;
    }
}
