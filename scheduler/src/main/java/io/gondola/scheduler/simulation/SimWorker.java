package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.MILLI;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.WorkerLedger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A worker with a cost model: steps take time by their tokens; commands are heard between steps. */
final class SimWorker {

    private static final int JOIN_TIMES = 40;
    private static final long CENSUS_PERIOD_NANOS = ToScheduler.Census.PERIOD_MILLIS * MILLI;
    private static final long LOADING_PERIOD_NANOS = 700 * MILLI;

    private final SimWorld world;
    final String id;
    final ModelDescription description;
    private final StepCost cost;
    private final PromptMemory memory;
    private final WorkerLedger ledger;
    private final Map<GenerationRef, SimSequence> aboard = new LinkedHashMap<>();
    private final List<ToWorker> inbox = new ArrayList<>();
    private @Nullable StepBudget budget;
    private boolean isStepping;
    private long pausedUntilNanos;
    private boolean hasJoined;
    private boolean isGone;
    private long stepNanos;

    SimWorker(SimWorld world, String id, ModelDescription description, StepCost cost, PromptMemory memory) {
        this.world = world;
        this.id = id;
        this.description = description;
        this.cost = cost;
        this.memory = memory;
        ledger = new WorkerLedger(id, description);
    }

    /** Loads for so long, saying so and heeding nobody; then joins. */
    void load(long leftNanos) {
        if (!isGone && leftNanos <= 0) {
            join(JOIN_TIMES);
        } else if (!isGone) {
            say(new ToScheduler.WorkerLoading(id, description.model(), 0, leftNanos / MILLI));
            world.after(Math.min(leftNanos, LOADING_PERIOD_NANOS), () -> load(leftNanos - LOADING_PERIOD_NANOS));
        }
    }

    /** Says who it is and what it has, as long as it lives. */
    void live() {
        if (!isGone) {
            whenAwake(this::sayCensus);
            world.after(CENSUS_PERIOD_NANOS, this::live);
        }
    }

    private void sayCensus() {
        if (!isGone) {
            say(census());
        }
    }

    private void say(ToScheduler message) {
        world.toScheduler(id, ledger.ownerEpoch(world.nowNanos()), message);
    }

    /** Hears and does nothing for so long, and then goes on as if nothing had been. */
    void pause(long nanos) {
        pausedUntilNanos = world.nowNanos() + nanos;
        world.disturb(nanos);
    }

    private void whenAwake(Runnable what) {
        if (world.nowNanos() < pausedUntilNanos) {
            world.after(pausedUntilNanos - world.nowNanos(), () -> whenAwake(what));
        } else {
            what.run();
        }
    }

    void onOwnerAlive(long epoch) {
        whenAwake(() -> {
            if (hasJoined && ledger.onOwnerAlive(epoch, world.nowNanos())) {
                sayCensus();
            }
        });
    }

    /** Says that it is there until it is heard; gives up after a while, as when the scheduler has workers enough. */
    void join(int times) {
        hasJoined = true;
        if (world.isWatched()) {
            live();
        } else if (budget == null && !isGone && times > 0) {
            say(census());
            world.after(500 * MILLI, () -> join(times - 1));
        }
    }

    void leave() {
        if (!isGone) {
            die();
            world.disturb(0);
            say(new ToScheduler.WorkerLeft(id, description.model()));
        }
    }

    /** Killed; somebody notices later. */
    void kill(long noticedAfterNanos) {
        if (!isGone) {
            die();
            world.disturb(noticedAfterNanos);
            world.after(noticedAfterNanos, () -> say(new ToScheduler.WorkerLeft(id, description.model())));
        }
    }

    private void die() {
        isGone = true;
        world.workers.remove(id);
    }

    /** Everything taken in and not reported as finished. */
    ToScheduler.Census census() {
        return ledger.nextCensus(world.nowNanos());
    }

    /** Aboard now. */
    Collection<SimSequence> sequences() {
        return aboard.values();
    }

    @Nullable
    SimSequence tryGet(GenerationRef ref) {
        return aboard.get(ref);
    }

    long heeds() {
        return ledger.ownerEpoch(world.nowNanos());
    }

    /** Dies, and comes back at once as another; somebody notices later. */
    void restart(long noticedAfterNanos) {
        if (isGone) {
            return;
        }
        kill(noticedAfterNanos);
        SimWorker next = new SimWorker(world, id + "'", description, cost, memory.emptied());
        world.workers.put(next.id, next);
        next.join(JOIN_TIMES);
    }

    void on(Fenced fenced) {
        whenAwake(() -> take(fenced));
    }

    private void take(Fenced fenced) {
        if (isGone || !ledger.tryTake(fenced, world.nowNanos())) {
            return;
        }
        ToWorker message = fenced.message();
        if (message instanceof ToWorker.Welcome welcome) {
            budget = welcome.budget();
        }
        inbox.add(message);
        if (!isStepping && budget != null) {
            turn(budget);
        }
    }

    private void turn(StepBudget budget) {
        if (isGone) {
            return;
        }
        SimReport report = new SimReport();
        inbox.forEach(message -> hear(message, report));
        inbox.clear();
        for (SimSequence sequence : List.copyOf(aboard.values())) {
            if (sequence.deadlineNanos <= world.nowNanos()) {
                end(sequence, FinishReason.DEADLINE, report);
            }
        }
        say(report);
        if (!aboard.isEmpty()) {
            step(budget);
        }
    }

    private void hear(ToWorker message, SimReport report) {
        if (message instanceof ToWorker.Admit admit) {
            admit.generations().forEach(request -> board(request, report));
        } else if (message instanceof ToWorker.Refused) {
            List.copyOf(aboard.values()).forEach(sequence -> end(sequence, FinishReason.CANCELLED, report));
        } else if (message instanceof ToWorker.Revoke revoke) {
            for (GenerationRef ref : revoke.refs()) {
                SimSequence sequence = aboard.get(ref);
                if (sequence != null) {
                    end(sequence, FinishReason.CANCELLED, report);
                }
            }
        }
    }

    /** As the real one: a newer attempt takes the place of an older, and who finds no room is given up. */
    private void board(GenerationRequest request, SimReport report) {
        SimSequence next = new SimSequence(request, world.nowNanos());
        for (SimSequence other : List.copyOf(aboard.values())) {
            if (other.request.ref().id().equals(request.ref().id())) {
                boolean isNewer = other.request.ref().attempt() < request.ref().attempt();
                end(isNewer ? other : next, FinishReason.CANCELLED, report);
                if (!isNewer) {
                    return;
                }
            }
        }
        long kvTokens = aboard.values().stream()
                .mapToLong(sequence -> sequence.request.kvTokensMax())
                .sum();
        if (aboard.size() < description.slots() && kvTokens + request.kvTokensMax() <= description.kvTokensMax()) {
            next.spare(memory.sparedTokens(request.promptTokens()));
            aboard.put(request.ref(), next);
        } else if (world.mayOverbook()) {
            end(next, FinishReason.CANCELLED, report);
        } else {
            throw new AssertionError(id + " is overbooked");
        }
    }

    private void step(StepBudget budget) {
        int prefillTokens = budget.prefillTokensMax();
        long decoding = 0;
        long contextTokens = 0;
        Map<SimSequence, Integer> fed = new LinkedHashMap<>();
        for (SimSequence sequence : aboard.values()) {
            int feed = sequence.prefillLeft == 0 ? 1 : Math.min(prefillTokens, sequence.prefillLeft);
            if (sequence.prefillLeft > 0) {
                prefillTokens -= feed;
            } else {
                decoding++;
                contextTokens += sequence.request.promptTokens().length + sequence.given;
            }
            if (feed > 0) {
                fed.put(sequence, feed);
            }
        }
        isStepping = true;
        stepNanos = cost.nanos(decoding, budget.prefillTokensMax() - prefillTokens, contextTokens);
        world.after(stepNanos, () -> whenAwake(() -> afterStep(budget, fed)));
    }

    private void afterStep(StepBudget budget, Map<SimSequence, Integer> fed) {
        isStepping = false;
        if (isGone) {
            return;
        }
        SimReport report = new SimReport();
        fed.forEach((sequence, tokens) -> {
            GenerationRequest request = sequence.request;
            if (sequence.tryEndPrefill(tokens)) {
                memory.remember(request.promptTokens());
            }
            if (sequence.prefillLeft == 0 && sequence.given < world.outputTokens(request)) {
                report.give(sequence);
            }
            if (sequence.prefillLeft == 0 && sequence.given == world.outputTokens(request)) {
                end(sequence, FinishReason.LENGTH, report);
            }
        });
        say(report);
        turn(budget);
    }

    private void end(SimSequence sequence, FinishReason reason, SimReport report) {
        aboard.remove(sequence.request.ref());
        report.end(sequence, reason);
    }

    private void say(SimReport report) {
        report.chunks.forEach((gateway, list) ->
                world.toGateway(id, gateway, new ToGateway.TokenFrame(id, description.model(), list)));
        if (!report.finished.isEmpty()) {
            say(new ToScheduler.StepReport(
                    id, description.model(), stepNanos, aboard.size(), 0, 0, 0, report.finished));
            ledger.onReported(report.finished);
        }
    }
}
