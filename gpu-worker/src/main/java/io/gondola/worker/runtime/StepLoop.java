package io.gondola.worker.runtime;

import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.ToWorker;
import io.gondola.worker.engine.InferenceEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that turns one engine: a platform thread of its own, never an event loop. It parks while nothing is aboard,
 * takes commands only between two steps, and closes the engine when it ends.
 *
 * <pre>
 *   running --stop()--> ended
 *   running --failedStepsMax steps failed in a row--> ended, onFailure is told
 * </pre>
 */
final class StepLoop {

    private static final Logger LOG = LoggerFactory.getLogger(StepLoop.class);

    /** Hears of a loop's end, on the loop's thread. */
    interface EndListener {

        /** The loop ends, and nobody asked for it. */
        void onFailure();

        /** The loop has ended and its engine is closed: the last thing that happens. */
        void onEnded();
    }

    private final InferenceEngine engine;
    private final ModelDescription model;
    private final int failedStepsMax;
    private final LongSupplier nanoClock;
    private final Inbox inbox;
    private final StepCycle cycle;
    private final WorkerMetrics metrics;
    private final EndListener listener;
    private volatile boolean stopping;

    /**
     * Starts the thread.
     *
     * @param surroundings runs what the thread does
     */
    static StepLoop start(
            Consumer<Runnable> surroundings,
            InferenceEngine engine,
            WorkerConfig config,
            Outbox outbox,
            LongSupplier clock,
            WorkerMetrics metrics,
            EndListener listener) {
        StepLoop loop = new StepLoop(engine, config, outbox, clock, metrics, listener);
        Thread thread = new Thread(() -> surroundings.accept(loop::run), "gondola-steps-" + loop.model.model());
        // Not a daemon: a JVM that exits while a native step runs would pull the cache from under it.
        thread.start();
        return loop;
    }

    private StepLoop(
            InferenceEngine engine,
            WorkerConfig config,
            Outbox outbox,
            LongSupplier clock,
            WorkerMetrics metrics,
            EndListener listener) {
        this.engine = engine;
        this.model = engine.describe();
        this.failedStepsMax = config.failedStepsMax();
        this.nanoClock = clock;
        this.inbox = new Inbox(config.inboxGenerationsMax(), config.inboxRevokesMax());
        this.cycle = new StepCycle(engine, config, new StoppableOutbox(outbox, () -> stopping), clock, metrics);
        this.metrics = metrics;
        this.listener = listener;
    }

    ModelDescription model() {
        return model;
    }

    /** Hands over a command without waiting; false where the inbox is full or the loop has ended. */
    boolean tryPut(ToWorker message) {
        return inbox.tryPut(new Command(message, nanoClock.getAsLong()));
    }

    /** Ends the loop behind the running step. What was aboard is not spoken of again: WorkerLeft covers it. */
    void stop() {
        stopping = true;
        inbox.close();
    }

    private void run() {
        try {
            turnUntilStopped();
        } catch (InterruptedException interrupted) {
            LOG.warn("Step loop of model {} was interrupted and ends", model.model());
        } catch (RuntimeException | Error defect) {
            LOG.error("Step loop of model {} ends on a defect", model.model(), defect);
        } finally {
            end();
        }
    }

    private void turnUntilStopped() throws InterruptedException {
        List<Command> commands = new ArrayList<>();
        while (inbox.drainTo(commands, cycle.isIdle())) {
            cycle.turn(commands);
            commands.clear();
            if (cycle.failedInARow() >= failedStepsMax) {
                LOG.error("{} steps in a row failed; model {} goes out of service", failedStepsMax, model.model());
                return;
            }
        }
    }

    private void end() {
        inbox.close();
        try {
            if (!stopping) {
                List<Command> late = new ArrayList<>();
                inbox.drainTo(late, false);
                cycle.endAll(late, "The model went out of service.");
                listener.onFailure();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            metrics.close();
            engine.close();
            listener.onEnded();
        }
    }
}
