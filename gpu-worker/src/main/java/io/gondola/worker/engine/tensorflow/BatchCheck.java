package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.ModelDescription;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.StepRow;
import java.util.BitSet;
import java.util.List;

/** Refuses a batch that would write beside the cache, before anything is computed. */
final class BatchCheck {

    private final ModelDescription description;

    BatchCheck(ModelDescription description) {
        this.description = description;
    }

    void check(List<StepRow> rows) throws EngineException {
        if (rows.isEmpty()) {
            throw new EngineException("a step of no rows");
        }
        BitSet slots = new BitSet();
        for (StepRow row : rows) {
            if (row.slot() < 0 || row.slot() >= description.slots()) {
                throw new EngineException("slot " + row.slot() + " of " + description.slots());
            }
            if (slots.get(row.slot())) {
                throw new EngineException("slot " + row.slot() + " twice in one step");
            }
            slots.set(row.slot());
            checkRange(row);
        }
    }

    private void checkRange(StepRow row) throws EngineException {
        long end = (long) row.position() + row.count();
        if (row.position() < 0 || row.count() < 1 || end > description.contextTokensMax()) {
            throw new EngineException("slot " + row.slot() + ": positions " + row.position() + " to " + end
                    + " of a context of " + description.contextTokensMax() + " tokens");
        }
        int needed = (int) Math.max(end, row.scorePrompt() ? Math.min(row.promptLength(), end + 1) : 0);
        if (row.history().length < needed || row.promptLength() < 0) {
            throw new EngineException(
                    "slot " + row.slot() + ": a history of " + row.history().length + " tokens, needed are " + needed);
        }
        boolean sampled = row.sample();
        for (int i = sampled ? 0 : row.position(); i < needed; i++) {
            int token = row.history()[i];
            if (token < 0 || token >= description.vocabularySize()) {
                throw new EngineException("slot " + row.slot() + ": token " + token + " at position " + i
                        + " is not in the vocabulary of " + description.vocabularySize());
            }
        }
    }
}
