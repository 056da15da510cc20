package io.gondola.scheduler.simulation;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerCore;
import io.gondola.scheduler.core.SchedulerEvent;
import io.gondola.scheduler.core.SchedulerGauges;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.presence.PresenceLimits;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * A load on a fleet where a sequence is one event and not many steps: how long it will take is computed when it boards,
 * from how full its worker is then. For fleets and loads that are too large to be stepped through. The scheduler core is
 * the real one and takes the same decisions; messages take no time. Memory grows with what is open, not with the load.
 */
public final class CoarseRun {

    private static final String GATEWAY = "gateway";

    private final Load load;
    private final LoadSource source;
    private final Fleet fleet;
    private final SchedulerCore core;
    private final LoadTally tally;
    private final int prefillTokensMax;
    private final Map<String, CoarseWorker> workers = new LinkedHashMap<>();
    private final Map<GenerationId, CoarseClient> clients = new HashMap<>();
    private final PriorityQueue<Happening> agenda = new PriorityQueue<>();
    private final ArrayDeque<CoarseClient> toResubmit = new ArrayDeque<>();
    private List<LoadRequest> next;
    private long nowNanos;
    private long numbers;
    private long schedulerEvents;
    private int busyWorkers;

    private record Happening(long nanos, long number, Runnable what) implements Comparable<Happening> {
        @Override
        public int compareTo(Happening other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(number, other.number);
        }
    }

    private CoarseRun(Load load, Fleet fleet, SchedulerLimits limits) {
        this.load = load;
        this.fleet = fleet;
        source = new LoadSource(load, GATEWAY);
        core = new SchedulerCore(SimWorld.MODEL, SimWorld.FIRST_EPOCH, limits.withPresence(PresenceLimits.off()));
        tally = new LoadTally(load.endNanos());
        prefillTokensMax = limits.step().stepPrefillTokensMax();
        next = source.next();
    }

    public static LoadResult run(Load load, Fleet fleet, SchedulerLimits limits) {
        CoarseRun run = new CoarseRun(load, fleet, limits);
        run.startWorkers();
        run.sample();
        run.turn();
        return run.tally.toResult(fleet.name(), fleet.workers(), run.schedulerEvents);
    }

    private void startWorkers() {
        for (int i = 0; i < fleet.workers(); i++) {
            String id = "worker" + i;
            workers.put(id, new CoarseWorker(fleet.costOf(i), prefillTokensMax));
            tell(new ToScheduler.Census(
                    id,
                    new ModelDescription(
                            SimWorld.MODEL,
                            "simulated",
                            fleet.contextTokensMax(),
                            1,
                            fleet.slots(),
                            fleet.kvTokensMax()),
                    OwnerWatch.NOBODY,
                    1,
                    0,
                    List.of()));
            if (fleet.isLost(i)) {
                at(load.endNanos() / 2, () -> lose(id));
            }
        }
    }

    private void turn() {
        while (true) {
            long arrival = next.isEmpty() ? Long.MAX_VALUE : next.get(0).arrivalNanos();
            long due = core.nextDueNanos();
            long happening = agenda.isEmpty() ? Long.MAX_VALUE : agenda.peek().nanos;
            nowNanos = Math.max(nowNanos, Math.min(arrival, Math.min(due, happening)));
            if (arrival == Long.MAX_VALUE && due == Long.MAX_VALUE && happening == Long.MAX_VALUE) {
                return;
            } else if (happening <= arrival && happening <= due) {
                agenda.remove().what.run();
            } else if (arrival <= due) {
                submit(next);
                next = source.next();
            } else {
                on(new SchedulerEvent.TimePassed());
            }
        }
    }

    private void at(long nanos, Runnable what) {
        agenda.add(new Happening(nanos, ++numbers, what));
    }

    private void submit(List<LoadRequest> together) {
        List<GenerationRequest> requests = source.toRequests(together);
        for (int i = 0; i < requests.size(); i++) {
            CoarseClient client = new CoarseClient(together.get(i), requests.get(i));
            clients.put(requests.get(i).ref().id(), client);
            if (client.from.patienceNanos() < LoadRequest.FOR_EVER) {
                at(nowNanos + client.from.patienceNanos(), () -> leave(client));
            }
        }
        tell(new ToScheduler.Submit(requests));
    }

    private void leave(CoarseClient client) {
        if (!client.isOver) {
            end(client, Outcome.CANCELLED);
            tell(new ToScheduler.Cancel(List.of(client.request.ref())));
        }
    }

    private void tell(ToScheduler message) {
        on(new SchedulerEvent.Received(message));
        while (!toResubmit.isEmpty()) {
            CoarseClient client = toResubmit.remove();
            if (client.tryNextAttempt(nowNanos)) {
                on(new SchedulerEvent.Received(new ToScheduler.Submit(List.of(client.request))));
            } else {
                end(client, Outcome.LATE);
                clients.remove(client.request.ref().id());
            }
        }
    }

    private void on(SchedulerEvent event) {
        schedulerEvents++;
        for (Effect effect : core.on(event, nowNanos)) {
            if (effect instanceof Effect.Boarded boarded) {
                tally.onBoarded(boarded.waitReason());
                client(boarded.ref()).onBoarded(boarded.queueWaitNanos());
            } else if (effect instanceof Effect.TellWorker to && to.message() instanceof ToWorker.Admit admit) {
                admit.generations().forEach(request -> board(client(request.ref()), to.workerId()));
            } else if (effect instanceof Effect.TellWorker to && to.message() instanceof ToWorker.Revoke revoke) {
                revoke.refs().forEach(ref -> revoke(client(ref), ref, to.workerId()));
            } else if (effect instanceof Effect.TellGateway to) {
                onToGateway(to.message());
            }
        }
    }

    private CoarseClient client(GenerationRef ref) {
        CoarseClient client = clients.get(ref.id());
        if (client == null) {
            throw new IllegalStateException("nobody knows " + ref);
        }
        return client;
    }

    private CoarseWorker worker(String id) {
        CoarseWorker worker = workers.get(id);
        if (worker == null) {
            throw new IllegalStateException("no " + id);
        }
        return worker;
    }

    private void onToGateway(ToGateway message) {
        if (message instanceof ToGateway.Rejected rejected) {
            for (GenerationRef ref : rejected.refs()) {
                CoarseClient client = clients.get(ref.id());
                if (client != null && !client.isOver) {
                    end(client, Outcome.REFUSED);
                }
                clients.remove(ref.id());
            }
        } else if (message instanceof ToGateway.AttemptLost lost) {
            for (GenerationRef ref : lost.refs()) {
                CoarseClient client = client(ref);
                if (client.isOver) {
                    clients.remove(ref.id());
                } else {
                    toResubmit.add(client);
                }
            }
        }
    }

    private void board(CoarseClient client, String workerId) {
        CoarseWorker worker = worker(workerId);
        busyWorkers += worker.aboard == 0 ? 1 : 0;
        worker.aboard++;
        client.board(worker, nowNanos);
        GenerationRef ref = client.request.ref();
        boolean isLate = client.endsNanos > client.deadlineNanos();
        at(
                isLate ? client.deadlineNanos() : client.endsNanos,
                () -> leaveWorker(client, ref, workerId, isLate ? FinishReason.DEADLINE : FinishReason.LENGTH));
    }

    /** It goes with the end of the step. */
    private void revoke(CoarseClient client, GenerationRef ref, String workerId) {
        at(nowNanos + client.stepNanos(), () -> leaveWorker(client, ref, workerId, FinishReason.CANCELLED));
    }

    private void leaveWorker(CoarseClient client, GenerationRef ref, String workerId, FinishReason reason) {
        CoarseWorker worker = workers.get(workerId);
        if (worker == null || !client.isAboard(ref)) {
            return; // Its worker is lost, or it has left already.
        }
        worker.aboard--;
        busyWorkers -= worker.aboard == 0 ? 1 : 0;
        client.leave(nowNanos);
        if (!client.isOver && reason != FinishReason.CANCELLED) {
            end(client, reason == FinishReason.DEADLINE ? Outcome.LATE : Outcome.COMPLETE);
        }
        int tokens = client.given;
        if (client.isOver) {
            clients.remove(ref.id());
        }
        tell(new ToScheduler.StepReport(
                workerId,
                SimWorld.MODEL,
                0,
                worker.aboard,
                0,
                0,
                0,
                List.of(new ToScheduler.Finished(ref, reason, tokens))));
    }

    private void lose(String workerId) {
        busyWorkers -= worker(workerId).aboard > 0 ? 1 : 0;
        workers.remove(workerId);
        at(nowNanos + LoadRun.NOTICED_NANOS, () -> tell(new ToScheduler.WorkerLeft(workerId, SimWorld.MODEL)));
    }

    private void end(CoarseClient client, Outcome outcome) {
        client.isOver = true;
        client.giveUntil(nowNanos);
        tally.onEnd(
                client.from,
                outcome,
                client.queueWaitNanos,
                client.firstTokenNanos == LoadTally.NEVER
                        ? LoadTally.NEVER
                        : client.firstTokenNanos - client.from.arrivalNanos(),
                nowNanos - client.from.arrivalNanos(),
                client.given,
                0);
    }

    private void sample() {
        SchedulerGauges gauges = core.gauges();
        tally.onSample(new LoadResult.Sample(
                nowNanos, gauges.queueRequests(), gauges.sequencesRunning(), gauges.workers(), busyWorkers));
        if (nowNanos < load.endNanos() || gauges.demand() > 0) {
            at(nowNanos + tally.sampleNanos(), this::sample);
        }
    }
}
