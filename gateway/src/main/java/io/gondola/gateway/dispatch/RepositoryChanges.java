package io.gondola.gateway.dispatch;

import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.ToInferenceGateway.Change;
import io.gondola.protocol.inference.ToInferenceGateway.ModelChanged;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Models that one event loop has asked workers to load or unload: every worker with a model repository answers for itself,
 * and a change is over when all have that are still there.
 */
final class RepositoryChanges {

    /** One change, and who has said what of it. */
    private static final class Waiting {
        final Promise<String> done = Promise.promise();
        final String model;
        final long deadlineNanos;
        final TreeSet<String> missing;
        final Map<String, ModelChanged> answers = new TreeMap<>();

        Waiting(String model, long deadlineNanos, Collection<String> workers) {
            this.model = model;
            this.deadlineNanos = deadlineNanos;
            missing = new TreeSet<>(workers);
        }

        /** Why it failed; empty when it did not. A worker that has no such model does not keep others from it. */
        String outcome() {
            for (ModelChanged answer : answers.values()) {
                if (answer.outcome() == Change.FAILED) {
                    return answers.size() == 1 ? answer.error() : answer.workerId() + ": " + answer.error();
                }
            }
            for (ModelChanged answer : answers.values()) {
                if (answer.outcome() == Change.DONE) {
                    return "";
                }
            }
            return answers.isEmpty()
                    ? "the workers with a model repository have gone"
                    : answers.values().iterator().next().error();
        }
    }

    private final Map<InferenceId, Waiting> waiting = new HashMap<>();
    private final Consumer<ToInferenceWorker> publish;
    private long lastMillis;

    /** @param publish tells all workers that have a model repository */
    RepositoryChanges(Consumer<ToInferenceWorker> publish) {
        this.publish = publish;
    }

    int size() {
        return waiting.size();
    }

    /** The time that a change bears: of two changes the later counts, so no two have the same. */
    long nextMillis() {
        lastMillis = Math.max(lastMillis + 1, System.currentTimeMillis());
        return lastMillis;
    }

    /** @param workers that there are */
    Future<String> start(ToInferenceWorker.ChangeModel change, Collection<String> workers, long deadlineNanos) {
        Waiting started = new Waiting(change.model(), deadlineNanos, workers);
        waiting.put(change.requestId(), started);
        publish.accept(change);
        return started.done.future();
    }

    void onChanged(ModelChanged changed) {
        Waiting asked = waiting.get(changed.requestId());
        if (asked != null) {
            asked.missing.remove(changed.workerId());
            asked.answers.put(changed.workerId(), changed);
            endIfOver(changed.requestId(), asked);
        }
    }

    /** Whoever has gone answers no more. */
    void onWorkers(Collection<String> workers) {
        for (Map.Entry<InferenceId, Waiting> each : List.copyOf(waiting.entrySet())) {
            if (each.getValue().missing.retainAll(workers)) {
                endIfOver(each.getKey(), each.getValue());
            }
        }
    }

    void onTick(long nowNanos) {
        for (Map.Entry<InferenceId, Waiting> each : List.copyOf(waiting.entrySet())) {
            Waiting late = each.getValue();
            if (late.deadlineNanos - nowNanos <= 0) {
                end(each.getKey(), late, "no answer in time about '" + late.model + "' from " + late.missing);
            }
        }
    }

    private void endIfOver(InferenceId id, Waiting asked) {
        if (asked.missing.isEmpty()) {
            end(id, asked, asked.outcome());
        }
    }

    private void end(InferenceId id, Waiting asked, String outcome) {
        waiting.remove(id);
        asked.done.tryComplete(outcome);
    }
}
