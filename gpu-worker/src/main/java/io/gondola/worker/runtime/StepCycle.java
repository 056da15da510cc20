package io.gondola.worker.runtime;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.TokenChunk;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One turn of the cableway after another: who gets off, who boards, one step, what came of it.
 *
 * <p>Without a thread of its own, so that a test turns it by hand, in virtual time. Whoever is revoked or late gets off
 * before anybody boards, because the boarding one may need the slot; both happen before the step, so a slot is free
 * within one step of the word that frees it.
 */
final class StepCycle {

    private static final Logger LOG = LoggerFactory.getLogger(StepCycle.class);

    private final InferenceEngine engine;
    private final ModelDescription model;
    private final LongSupplier nanoClock;
    private final WorkerMetrics metrics;
    private final StepOutput output;
    private final Map<GenerationId, Sequence> aboard = new LinkedHashMap<>();
    private final @Nullable Sequence[] bySlot;
    private final BitSet slotsTaken = new BitSet();
    private final Map<GenerationId, Boarding> boarding = new LinkedHashMap<>();
    private StepBudget budget;
    private long kvTokensReserved;
    private long arrivals;
    private long steps;
    private int failedInARow;

    private record Boarding(GenerationRequest request, QueueWait queueWait, long receivedNanos) {}

    StepCycle(InferenceEngine engine, WorkerConfig config, Outbox outbox, LongSupplier clock, WorkerMetrics metrics) {
        this.engine = engine;
        this.model = engine.describe();
        this.nanoClock = clock;
        this.metrics = metrics;
        this.output = new StepOutput(config.workerId(), model.model(), outbox, clock.getAsLong());
        this.bySlot = new Sequence[model.slots()];
        this.budget = config.initialBudget();
    }

    /** Whether nothing is aboard, so that nothing happens until the next command. */
    boolean isIdle() {
        return aboard.isEmpty();
    }

    int failedInARow() {
        return failedInARow;
    }

    /** Carries out the commands, then computes one step if somebody is aboard. */
    void turn(List<Command> commands) {
        for (Command command : commands) {
            apply(command);
        }
        endExpired();
        boarding.values().forEach(this::board);
        boarding.clear();
        metrics.aboard(aboard.size());
        send();
        if (!aboard.isEmpty()) {
            step();
            metrics.aboard(aboard.size());
            send();
        }
    }

    /** Ends everybody aboard and refuses whoever came {@code late}, because the loop ends. */
    void endAll(List<Command> late, String error) {
        for (Sequence sequence : List.copyOf(aboard.values())) {
            end(sequence, FinishReason.ERROR, error);
        }
        for (Command command : late) {
            if (command.message() instanceof ToWorker.Admit admit) {
                admit.generations().forEach(request -> refuse(request, FinishReason.ERROR, error));
            }
        }
        metrics.aboard(0);
        send();
    }

    private void apply(Command command) {
        if (command.message() instanceof ToWorker.Admit admit) {
            for (int i = 0; i < admit.generations().size(); i++) {
                queueForBoarding(
                        new Boarding(admit.generations().get(i), admit.waits().get(i), command.receivedNanos()));
            }
        } else if (command.message() instanceof ToWorker.Revoke revoke) {
            revoke.refs().forEach(this::revoke);
        } else if (command.message() instanceof ToWorker.Welcome welcome) {
            budget = welcome.budget();
        } else if (command.message() instanceof ToWorker.Refused) {
            // No owner knows of them: their gateways go on elsewhere, from the tokens so far.
            List.copyOf(boarding.values())
                    .forEach(waiting -> revoke(waiting.request().ref()));
            List.copyOf(aboard.values()).forEach(sequence -> revoke(sequence.ref()));
        }
    }

    private void queueForBoarding(Boarding next) {
        GenerationRef ref = next.request().ref();
        Boarding other = boarding.get(ref.id());
        if (other == null || other.request().ref().attempt() < ref.attempt()) {
            if (other != null) {
                refuse(other.request(), FinishReason.CANCELLED, "");
            }
            boarding.put(ref.id(), next);
        } else if (other.request().ref().attempt() > ref.attempt()) {
            refuse(next.request(), FinishReason.CANCELLED, "");
        }
    }

    /** Only the attempt that is named: a stale revocation must not hit the attempt that replaced it. */
    private void revoke(GenerationRef ref) {
        Boarding waiting = boarding.get(ref.id());
        if (waiting != null && waiting.request().ref().equals(ref)) {
            boarding.remove(ref.id());
            refuse(waiting.request(), FinishReason.CANCELLED, "");
        }
        Sequence sequence = aboard.get(ref.id());
        if (sequence != null && sequence.ref().equals(ref)) {
            end(sequence, FinishReason.CANCELLED, "");
        }
    }

    private void endExpired() {
        long nowNanos = nanoClock.getAsLong();
        for (Sequence sequence : List.copyOf(aboard.values())) {
            if (sequence.isExpired(nowNanos)) {
                end(sequence, FinishReason.DEADLINE, "");
            }
        }
    }

    private void board(Boarding next) {
        GenerationRequest request = next.request();
        Sequence current = aboard.get(request.ref().id());
        if (current != null && current.ref().attempt() == request.ref().attempt()) {
            return;
        }
        if (current != null && current.ref().attempt() > request.ref().attempt()) {
            refuse(request, FinishReason.CANCELLED, "");
            return;
        }
        if (current != null) {
            end(current, FinishReason.CANCELLED, "");
        }
        if (Sequence.isExpired(request, next.receivedNanos(), nanoClock.getAsLong())) {
            refuse(request, FinishReason.DEADLINE, "");
            return;
        }
        String refusal = Admission.refusal(request, model);
        if (refusal != null) {
            refuse(request, FinishReason.ERROR, refusal);
            return;
        }
        int outputMax = Sequence.outputMax(request, model.contextTokensMax());
        if (outputMax <= request.generatedTokens().length && !request.promptLogprobs()) {
            refuse(request, FinishReason.LENGTH, "");
            return;
        }
        takeSlot(next, outputMax);
    }

    private void takeSlot(Boarding next, int outputMax) {
        int slot = slotsTaken.nextClearBit(0);
        Sequence sequence =
                new Sequence(next.request(), next.queueWait(), next.receivedNanos(), slot, arrivals, outputMax);
        if (slot >= model.slots() || kvTokensReserved + sequence.kvTokensMax() > model.kvTokensMax()) {
            // A new owner counts before it has heard of all that is aboard. Given up, not failed: it is tried again.
            LOG.info("No room for {}: {} of {} slots taken", next.request().ref(), aboard.size(), model.slots());
            refuse(next.request(), FinishReason.CANCELLED, "");
            return;
        }
        int reusable = sequence.reusableTokens();
        int cached = engine.reuse(slot, sequence.history(), reusable);
        sequence.startBehind(cached);
        metrics.prefixLookedUp(reusable, cached);
        arrivals++;
        slotsTaken.set(slot);
        bySlot[slot] = sequence;
        kvTokensReserved += sequence.kvTokensMax();
        aboard.put(sequence.ref().id(), sequence);
        output.loadChanged();
    }

    private void refuse(GenerationRequest request, FinishReason reason, String error) {
        int given = request.generatedTokens().length;
        output.chunk(request.gatewayId(), TokenChunk.end(request.ref(), given, reason, error));
        output.finished(request.ref(), reason, given);
    }

    private void end(Sequence sequence, FinishReason reason, String error) {
        output.chunk(sequence.request().gatewayId(), sequence.end(reason, error, nanoClock.getAsLong()));
        leave(sequence, reason);
    }

    private void leave(Sequence sequence, FinishReason reason) {
        aboard.remove(sequence.ref().id());
        bySlot[sequence.slot()] = null;
        slotsTaken.clear(sequence.slot());
        kvTokensReserved -= sequence.kvTokensMax();
        if (reason == FinishReason.ERROR) {
            engine.release(sequence.slot());
        } else {
            engine.releaseForReuse(sequence.slot());
        }
        output.finished(sequence.ref(), reason, sequence.outputTokens());
    }

    private void step() {
        StepBatch batch = StepPlanner.plan(aboard.values(), budget);
        long startNanos = nanoClock.getAsLong();
        StepAttempt attempt = StepAttempt.of(engine, batch, model);
        long nanos = nanoClock.getAsLong() - startNanos;
        if (!attempt.failures().isEmpty()) {
            fail(attempt.failures(), batch.rows().size());
        }
        if (attempt.computed().isEmpty()) {
            failedInARow++;
        } else {
            failedInARow = 0;
            takeIn(attempt.computed(), attempt.results(), nanos, startNanos + nanos);
        }
    }

    private void takeIn(List<StepRow> rows, List<RowResult> results, long nanos, long nowNanos) {
        long prefilled = 0;
        steps++;
        for (int i = 0; i < rows.size(); i++) {
            StepRow row = rows.get(i);
            Sequence sequence = at(row);
            prefilled += sequence.isPrefilling() ? row.count() : 0;
            RowResult rowResult = results.get(i);
            if (row.sample() && rowResult.token() == RowResult.NO_TOKEN) {
                // This row alone: its batch mates have their tokens.
                end(sequence, FinishReason.ERROR, "The model's numbers overflowed; it cannot compute the next token.");
                continue;
            }
            TokenChunk chunk = sequence.advance(row, rowResult, steps, nowNanos);
            if (chunk != null) {
                output.chunk(sequence.request().gatewayId(), chunk);
                metrics.tokensGivenOut(chunk.tokens().length);
                FinishReason finish = chunk.finish();
                if (finish != null) {
                    leave(sequence, finish);
                }
            }
        }
        metrics.step(nanos, rows.size(), prefilled);
        output.stepped(nanos, prefilled);
    }

    private void fail(List<StepAttempt.Failure> failures, int rows) {
        metrics.stepFailed();
        Throwable first = failures.get(0).cause();
        LOG.error("{} of {} sequences in a step of model {} failed", failures.size(), rows, model.model(), first);
        failures.forEach(failure -> end(at(failure.row()), FinishReason.ERROR, failure.error()));
    }

    private Sequence at(StepRow row) {
        Sequence sequence = bySlot[row.slot()];
        if (sequence == null) {
            throw new IllegalStateException("nobody sits in slot " + row.slot());
        }
        return sequence;
    }

    private void send() {
        long kvTokens = 0;
        for (Sequence sequence : aboard.values()) {
            kvTokens += sequence.kvTokens();
        }
        output.send(nanoClock.getAsLong(), aboard.size(), kvTokens);
    }
}
