package io.gondola.scheduler.inference;

import io.gondola.protocol.NodeNames;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.QueuePolicy.TimeoutAction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every inference that has not ended, and how each ends: refused, cancelled or done. Told what time it is. */
final class Book {

    /** An inference that has not ended, and where. */
    record Entry(Inference inference, VersionQueue queue) {}

    private final InferenceLimits limits;
    private final Door door;
    private final InferenceOutbox outbox;
    private final Map<InferenceId, Entry> entries = new HashMap<>();

    Book(InferenceLimits limits, Door door, InferenceOutbox outbox) {
        this.limits = limits;
        this.door = door;
        this.outbox = outbox;
    }

    @Nullable
    Entry tryGet(InferenceId id) {
        return entries.get(id);
    }

    void enter(Inference inference, VersionQueue queue) {
        entries.put(inference.id(), new Entry(inference, queue));
        queue.line().add(inference);
    }

    /** Nobody waits for it any more; answers whether that changed what waits. */
    boolean cancel(Entry entry) {
        if (entry.inference().state() == Inference.State.WAITING) {
            entry.queue().line().remove(entry.inference(), false);
            end(entry.inference(), InferenceEffect.End.CANCELLED);
            return true;
        }
        if (entry.inference().state() == Inference.State.RUNNING) {
            entry.inference().toUnwanted();
        }
        return false;
    }

    /** What a process waited for that is gone. In O(n), for processes go rarely. */
    List<Entry> of(String nodeId) {
        return entries.values().stream()
                .filter(entry -> NodeNames.isOn(nodeId, entry.inference().gatewayId()))
                .sorted((a, b) -> Inference.BY_ARRIVAL.compare(a.inference(), b.inference()))
                .toList();
    }

    /** Its worker has lost it: what is still wanted goes back to where it was in the line. */
    void runAgain(Batch batch, VersionQueue queue, long nowNanos) {
        for (Inference inference : batch.inferences()) {
            if (inference.state() == Inference.State.UNWANTED) {
                end(inference, InferenceEffect.End.CANCELLED);
            } else if (inference.runs() >= limits.loss().runsMax()) {
                refuse(inference, queue, door.workersLost(), nowNanos);
            } else {
                inference.toWaitingAgain();
                queue.line().add(inference);
            }
        }
    }

    /** Refuses, or puts behind, what is due; and what waited too long for a worker. */
    void expire(VersionQueue queue, long nowNanos) {
        Inference due = queue.line().tryFirstDue();
        while (due != null && due.dueNanos() <= nowNanos) {
            boolean isDead = due.deadlineNanos() <= nowNanos;
            if (!isDead && queue.batching().policyOf(due.requestClass()).timeoutAction() == TimeoutAction.DELAY) {
                queue.line().putBehind(due);
            } else {
                queue.line().remove(due, false);
                refuse(due, queue, isDead ? Door.deadline() : door.queueTimeout(queue), nowNanos);
            }
            due = queue.line().tryFirstDue();
        }
        Inference oldest = queue.line().tryOldest();
        while (queue.seats().isEmpty() && oldest != null && queue.heldUntilNanos(oldest) <= nowNanos) {
            queue.line().remove(oldest, false);
            refuse(oldest, queue, door.noWorker(), nowNanos);
            oldest = queue.line().tryOldest();
        }
    }

    private void refuse(Inference inference, VersionQueue queue, Rejection rejection, long nowNanos) {
        entries.remove(inference.id());
        inference.toEnded();
        queue.onRefused(nowNanos - inference.arrivalNanos());
        outbox.refuse(inference.id(), inference.gatewayId(), rejection);
    }

    void end(Inference inference, InferenceEffect.End end) {
        entries.remove(inference.id());
        inference.toEnded();
        outbox.add(new InferenceEffect.Ended(inference.id(), end));
    }
}
