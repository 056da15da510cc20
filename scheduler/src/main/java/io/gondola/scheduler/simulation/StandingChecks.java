package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SecondBook.require;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerGauges;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.KnownAttempt.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What must hold between two events, whatever the last one was. */
final class StandingChecks {

    private final SchedulerLimits limits;
    private final SecondBook book;

    StandingChecks(SchedulerLimits limits, SecondBook book) {
        this.limits = limits;
        this.book = book;
    }

    /** No worker that takes anything idles while everything that waits would fit it. */
    void checkNobodyIdles() {
        book.workers.all().forEach((id, worker) -> {
            if (!worker.isDraining
                    && worker.aboard.isEmpty()
                    && worker.strayTokens.isEmpty()
                    && !book.waiting.isEmpty()) {
                require(
                        book.waiting.stream()
                                .anyMatch(ref -> book.entry(ref).request.kvTokensMax() > worker.roomTokensMax()),
                        id + " idles while " + book.waiting.size() + " wait");
            }
        });
    }

    /**
     * Without a worker, and none on its way, no more wait than may be held, once the owner is old enough to have heard all
     * workers; what has begun is not counted, nor what the owner before let in.
     */
    void checkNoMoreAreHeld(int workersLoading, long listenedNanos) {
        boolean mayHoldAll =
                workersLoading > 0 || listenedNanos < limits.presence().workerSilenceNanos();
        long first = book.waiting.stream()
                .filter(ref -> ref.attempt() == 0 && !book.entry(ref).isAdmitted)
                .count();
        require(
                mayHoldAll || first <= limits.holding().heldRequestsMax(),
                first + " are held, and may be: " + limits.holding().heldRequestsMax());
    }

    /** Who is aboard and should not be is told to leave. */
    void checkStraysAreRevoked(List<Effect> effects) {
        Set<GenerationRef> revoked = new HashSet<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Revoke revoke) {
                revoked.addAll(revoke.refs());
            }
        }
        for (ToScheduler.Aboard one : book.workers.said()) {
            KnownAttempt entry = book.entries.get(one.ref());
            boolean isWanted = entry != null && entry.place == Place.ABOARD;
            require(isWanted || revoked.contains(one.ref()), one.ref() + " may stay, though nobody waits for it");
        }
    }

    void checkNobodySilentIsKept(long listenedNanos) {
        long silenceNanos = limits.presence().workerSilenceNanos();
        if (silenceNanos > 0) {
            book.workers
                    .all()
                    .forEach((id, worker) -> require(
                            listenedNanos - worker.heardNanos < silenceNanos, id + " is silent, and nobody misses it"));
        }
    }

    void checkGauges(SchedulerGauges gauges) {
        long tokens = 0;
        int admitted = 0;
        long admittedTokens = 0;
        for (GenerationRef ref : book.waiting) {
            KnownAttempt entry = book.entry(ref);
            tokens += entry.request.prefillTokens();
            admitted += entry.isAdmitted ? 1 : 0;
            admittedTokens += entry.isAdmitted ? entry.request.prefillTokens() : 0;
        }
        SchedulerLimits.Queue queue = limits.queue();
        require(gauges.queueRequests() == book.waiting.size(), "queue " + gauges + ", really " + book.waiting.size());
        require(gauges.queueTokens() == tokens, "queue tokens " + gauges + ", really " + tokens);
        // What the owner before let in comes beyond all limits.
        int beyond = queue.resubmittedRequestsMax() + admitted;
        require(book.waiting.size() <= queue.queueRequestsMax() + beyond, "too many wait");
        long tokensBeyond = queue.resubmittedTokensMax() + admittedTokens;
        require(tokens <= queue.queueTokensMax() + tokensBeyond, "too many tokens wait");
        long slotsUsed = 0;
        long kvUsed = 0;
        long running = 0;
        for (KnownWorkers.KnownWorker worker : book.workers.all().values()) {
            slotsUsed += book.slotsUsed(worker);
            kvUsed += book.kvTokens(worker);
            running += worker.aboard.keySet().stream()
                    .filter(ref -> book.entry(ref).place == Place.ABOARD)
                    .count();
        }
        require(
                gauges.workers() == book.workers.all().size(),
                "workers " + gauges + ", really " + book.workers.all().keySet());
        require(gauges.slotsUsed() == slotsUsed, "slots used " + gauges + ", really " + slotsUsed);
        require(gauges.kvTokensUsed() == kvUsed, "KV used " + gauges + ", really " + kvUsed);
        require(gauges.sequencesRunning() == running, "running " + gauges + ", really " + running);
    }
}
