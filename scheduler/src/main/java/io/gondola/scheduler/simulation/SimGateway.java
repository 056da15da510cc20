package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.MILLI;
import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A gateway with its clients: submits, follows attempts, and checks that every output is whole and right. */
final class SimGateway {

    /** How a client's generation ended. */
    enum Outcome {
        OPEN,
        COMPLETE,
        DEADLINE,
        REJECTED,
        CANCELLED,
        GATEWAY_GONE
    }

    private static final long SUBMIT_AGAIN_NANOS_MAX = 4 * SECOND;
    private static final long CANCEL_AGAIN_NANOS = SECOND;
    private static final long PERIOD_NANOS = ToScheduler.Inquire.PERIOD_MILLIS * MILLI;

    private final SimWorld world;
    private final String id;
    final Map<GenerationId, SimClient> clients = new LinkedHashMap<>();
    /** Who wants to know of ends. */
    Consumer<SimClient> onEnd = client -> {};

    private final OwnerWatch owner = new OwnerWatch();
    private long heededEpoch = OwnerWatch.NOBODY;
    private final Map<GenerationRef, Long> strays = new HashMap<>();

    SimGateway(SimWorld world, String id) {
        this.world = world;
        this.id = id;
        if (world.isWatched()) {
            world.after(PERIOD_NANOS, this::remind);
        }
    }

    private void say(ToScheduler message) {
        world.toScheduler(id, owner.epochAt(world.nowNanos()), message);
    }

    /** Whether this owner has a say here; one that is new is told what no worker has yet. */
    boolean heed(long epoch) {
        if (!world.isWatched()) {
            return true;
        }
        if (!owner.tryHeed(epoch, world.nowNanos())) {
            return false;
        }
        boolean isReplaced = heededEpoch != OwnerWatch.NOBODY && heededEpoch != epoch;
        heededEpoch = epoch;
        if (isReplaced) {
            for (SimClient client : open()) {
                if (client.state != SimClient.State.RUNNING) {
                    client.wasAccepted |= client.state == SimClient.State.ACCEPTED;
                    client.toSubmitted(world.nowNanos());
                    client.remindAtNanos = world.nowNanos();
                }
            }
            submitAgain();
        }
        return true;
    }

    List<SimClient> open() {
        return clients.values().stream()
                .filter(client -> client.outcome == Outcome.OPEN)
                .toList();
    }

    private void remind() {
        if (world.gateways.get(id) != this) {
            return;
        }
        List<GenerationRef> silent = new ArrayList<>();
        List<SimClient> open = open();
        for (SimClient client : open) {
            if (client.state != SimClient.State.SUBMITTED && client.remindAtNanos <= world.nowNanos()) {
                client.toHeard(client.state, world.nowNanos());
                silent.add(client.request.ref());
            }
        }
        submitAgain();
        if (!open.isEmpty()) {
            say(new ToScheduler.Inquire(id, SimWorld.MODEL, world.does(Mending.INQUIRY) ? silent : List.of()));
        }
        world.after(PERIOD_NANOS, this::remind);
    }

    /** First attempts that were submitted together go together again, and what was let in already goes by itself. */
    private void submitAgain() {
        Map<Long, List<GenerationRequest>> again = new LinkedHashMap<>();
        for (SimClient client : open()) {
            if (client.state == SimClient.State.SUBMITTED && client.remindAtNanos <= world.nowNanos()) {
                client.submitPauseNanos = Math.min(2 * client.submitPauseNanos, SUBMIT_AGAIN_NANOS_MAX);
                client.remindAtNanos = world.nowNanos() + client.submitPauseNanos;
                client.request = client.request.withTimeoutNanos(client.deadlineNanos - world.nowNanos());
                if (client.wasAccepted) {
                    submitAgain(List.of(client.request), true);
                    continue;
                }
                boolean isFirst = client.request.ref().attempt() == 0;
                long together =
                        isFirst ? client.together : -client.request.ref().id().low();
                again.computeIfAbsent(together, key -> new ArrayList<>()).add(client.request);
            }
        }
        again.values().forEach(requests -> submitAgain(requests, false));
    }

    private void submitAgain(List<GenerationRequest> requests, boolean isAdmitted) {
        if (world.does(Mending.SUBMIT_AGAIN)) {
            say(new ToScheduler.Submit(requests, isAdmitted));
        }
    }

    long heeds() {
        return owner.epochAt(world.nowNanos());
    }

    String id() {
        return id;
    }

    void submit(List<GenerationRequest> requests) {
        for (GenerationRequest request : requests) {
            SimClient client = new SimClient(request, world.nowNanos());
            client.together = requests.get(0).ref().id().low();
            clients.put(request.ref().id(), client);
        }
        say(new ToScheduler.Submit(requests));
    }

    void cancel(GenerationId generation) {
        SimClient client = clients.get(generation);
        if (client != null && client.outcome == Outcome.OPEN) {
            end(client, Outcome.CANCELLED);
            say(new ToScheduler.Cancel(List.of(client.request.ref())));
        }
    }

    /** Loses patience with an attempt, wherever that is, and submits the next. */
    void tryAgain(GenerationId generation) {
        SimClient client = clients.get(generation);
        if (client != null && client.outcome == Outcome.OPEN) {
            retry(client);
        }
    }

    /** Its process is gone: nobody tells anybody. */
    void vanish() {
        world.disturb(0);
        world.gateways.remove(id);
        clients.values().stream()
                .filter(client -> client.outcome == Outcome.OPEN)
                .forEach(client -> end(client, Outcome.GATEWAY_GONE));
    }

    void on(ToGateway message) {
        if (message instanceof ToGateway.Accepted accepted && heed(accepted.epoch())) {
            forCurrent(accepted.refs(), client -> client.toHeard(SimClient.State.ACCEPTED, world.nowNanos()));
        } else if (message instanceof ToGateway.Rejected rejected && heed(rejected.epoch())) {
            boolean isCancelled = rejected.rejection().reason() == Rejection.Reason.CANCELLED;
            forCurrent(rejected.refs(), client -> {
                if (isCancelled) {
                    retry(client); // Not by this gateway, or it would not be open.
                } else {
                    client.refusal = rejected.rejection().reason().name();
                    end(client, Outcome.REJECTED);
                }
            });
        } else if (message instanceof ToGateway.AttemptLost lost && heed(lost.epoch())) {
            forCurrent(lost.refs(), this::retry);
        } else if (message instanceof ToGateway.TokenFrame frame) {
            frame.chunks().forEach(chunk -> onChunk(frame.workerId(), chunk));
        }
    }

    private void forCurrent(List<GenerationRef> refs, Consumer<SimClient> what) {
        for (GenerationRef ref : refs) {
            SimClient client = tryCurrent(ref);
            if (client != null) {
                what.accept(client);
            }
        }
    }

    private void onChunk(String worker, TokenChunk chunk) {
        SimClient client = tryCurrent(chunk.ref());
        if (client == null || client.worker != null && !client.worker.equals(worker)) {
            onStray(chunk);
            return;
        }
        client.worker = worker;
        if (chunk.offset() > client.tokens.size() && !world.omissions.contains(Mending.GAP)) {
            onGap(client);
            return;
        }
        client.toHeard(SimClient.State.RUNNING, world.nowNanos());
        for (int i = 0; i < chunk.tokens().length; i++) {
            int place = chunk.offset() + i;
            if (place >= client.tokens.size()) {
                if (place == 0) {
                    client.firstTokenNanos = world.nowNanos();
                    client.cachedTokens =
                            chunk.start() == null ? 0 : chunk.start().cachedTokens();
                }
                client.tokens.add(chunk.tokens()[i]);
            }
        }
        if (chunk.finish() == FinishReason.CANCELLED) {
            retry(client);
        } else if (chunk.finish() != null) {
            end(client, chunk.finish() == FinishReason.DEADLINE ? Outcome.DEADLINE : Outcome.COMPLETE);
            client.checkOutput(world.outputTokens(client.request));
        }
    }

    /** A frame was lost or overtaken. */
    private void onGap(SimClient client) {
        if (!world.network.isLossy()) {
            throw new AssertionError("a gap in " + client.request.ref());
        }
        say(new ToScheduler.Cancel(List.of(client.request.ref())));
        retry(client);
    }

    private void onStray(TokenChunk chunk) {
        SimClient known = clients.get(chunk.ref().id());
        boolean isOpen = known != null && known.outcome == Outcome.OPEN;
        if (!world.isWatched() || chunk.finish() != null || isOpen) {
            return;
        }
        Long last = strays.get(chunk.ref());
        if (last == null || world.nowNanos() - last >= CANCEL_AGAIN_NANOS) {
            strays.put(chunk.ref(), world.nowNanos());
            if (last != null && world.does(Mending.CANCEL_AGAIN)) {
                say(new ToScheduler.Cancel(List.of(chunk.ref())));
            }
        }
    }

    private void retry(SimClient client) {
        long remainingNanos = client.deadlineNanos - world.nowNanos();
        if (client.tokens.size() == world.outputTokens(client.request)) {
            end(client, Outcome.COMPLETE);
            client.checkOutput(world.outputTokens(client.request));
        } else if (remainingNanos <= 0) {
            end(client, Outcome.DEADLINE);
        } else {
            client.request = client.request.nextAttempt(client.tokensSoFar(), remainingNanos);
            client.toSubmitted(world.nowNanos());
            client.wasAccepted = false;
            client.worker = null;
            say(new ToScheduler.Submit(List.of(client.request)));
        }
    }

    private void end(SimClient client, Outcome outcome) {
        if (client.outcome != Outcome.OPEN) {
            throw new AssertionError(client.request.ref() + " ends twice: " + client.outcome + ", " + outcome);
        }
        client.outcome = outcome;
        client.endedNanos = world.nowNanos();
        client.outputTokens = client.tokens.size();
        onEnd.accept(client);
    }

    @Nullable
    SimClient tryCurrent(GenerationRef ref) {
        SimClient client = clients.get(ref.id());
        return client != null
                        && client.outcome == Outcome.OPEN
                        && client.request.ref().equals(ref)
                ? client
                : null;
    }
}
