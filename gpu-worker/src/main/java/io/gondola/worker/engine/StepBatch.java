package io.gondola.worker.engine;

import java.util.List;

/**
 * What one step computes.
 *
 * @param rows at least one; each of another slot. Rows of one token (decode) and of many (prefill chunks) may be mixed
 */
public record StepBatch(List<StepRow> rows) {
    public StepBatch {
        rows = List.copyOf(rows);
    }
}
