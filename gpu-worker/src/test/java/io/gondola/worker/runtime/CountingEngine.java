package io.gondola.worker.runtime;

import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * A fake engine whose next token is its position, so that a test can tell what must come; it keeps every batch, fails on
 * order, and where it is told to wait for orders takes one permit a step.
 */
final class CountingEngine implements InferenceEngine {

    final List<StepBatch> batches = new ArrayList<>();
    final List<Integer> released = new ArrayList<>();
    final Deque<Exception> failures = new ArrayDeque<>();
    /** Rows that start at these positions overflow. */
    final Set<Integer> overflows = new HashSet<>();

    /** A step that feeds one of these tokens fails, whoever else takes part in it. */
    final Set<Integer> poison = new HashSet<>();

    final Semaphore entered = new Semaphore(0);
    private final Semaphore orders = new Semaphore(0);
    private final boolean waitsForOrders;
    private final ModelDescription description;
    volatile boolean closed;
    volatile String threadName = "";

    private CountingEngine(int slots, int contextTokensMax, boolean waitsForOrders) {
        this.waitsForOrders = waitsForOrders;
        this.description = new ModelDescription(
                RequestBuilder.MODEL, "Counting", contextTokensMax, 1000, slots, (long) slots * contextTokensMax);
    }

    static CountingEngine free(int slots, int contextTokensMax) {
        return new CountingEngine(slots, contextTokensMax, false);
    }

    static CountingEngine waitingForOrders(int slots, int contextTokensMax) {
        return new CountingEngine(slots, contextTokensMax, true);
    }

    /** Lets that many steps end. */
    void order(int steps) {
        orders.release(steps);
    }

    @Override
    public ModelDescription describe() {
        return description;
    }

    @Override
    public StepResult step(StepBatch batch) throws EngineException {
        threadName = Thread.currentThread().getName();
        synchronized (this) {
            batches.add(batch);
        }
        entered.release();
        if (waitsForOrders) {
            orders.acquireUninterruptibly();
        }
        Exception failure = failures.poll();
        if (failure instanceof EngineException engineFailure) {
            throw engineFailure;
        }
        if (failure instanceof RuntimeException defect) {
            throw defect;
        }
        for (StepRow row : batch.rows()) {
            for (int i = row.position(); i < row.position() + row.count(); i++) {
                if (poison.contains(row.history()[i])) {
                    throw new EngineException("token " + row.history()[i] + " is poison");
                }
            }
        }
        return new StepResult(batch.rows().stream().map(this::compute).toList());
    }

    private RowResult compute(StepRow row) {
        int end = row.position() + row.count();
        List<TokenLogprobs> scores = new ArrayList<>();
        for (int position = row.position() + 1; position <= end && row.scorePrompt(); position++) {
            if (position < row.promptLength()) {
                scores.add(score(row.history()[position]));
            }
        }
        if (!row.sample() || overflows.contains(row.position())) {
            return new RowResult(RowResult.NO_TOKEN, null, scores);
        }
        return new RowResult(end, row.topLogprobs() < 0 ? null : score(end), scores);
    }

    private static TokenLogprobs score(int token) {
        return new TokenLogprobs(token, -0.5f, new int[0], new float[0]);
    }

    @Override
    public synchronized void release(int slot) {
        released.add(slot);
    }

    @Override
    public void close() {
        closed = true;
    }
}
