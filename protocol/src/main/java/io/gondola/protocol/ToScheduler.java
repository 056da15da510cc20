package io.gondola.protocol;

import java.util.List;

/** What the owner of a model's queue is told, by gateways and by workers. */
public sealed interface ToScheduler {

    /**
     * A gateway hands over the generations of one client request: all are accepted or all are rejected.
     *
     * @param generations at least one, all of one model
     */
    record Submit(List<GenerationRequest> generations) implements ToScheduler {
        public Submit {
            generations = List.copyOf(generations);
        }
    }

    /** A gateway no longer wants these: its client left, or has all it asked for. */
    record Cancel(List<GenerationRef> refs) implements ToScheduler {
        public Cancel {
            refs = List.copyOf(refs);
        }
    }

    /**
     * A worker is loading a model and will join: capacity that is coming. Repeated every {@link #PERIOD_MILLIS} until it
     * joins or leaves; one that falls silent is forgotten.
     *
     * @param progressPercent how much of the weights it has read, 0 to 100
     * @param remainingMillis how long the rest takes at the pace so far; 0 while nothing can be said
     */
    record WorkerLoading(String workerId, String model, int progressPercent, long remainingMillis)
            implements ToScheduler {

        public static final long PERIOD_MILLIS = 2_000;
    }

    /** A worker has loaded a model and takes work. Answered by {@link ToWorker.Welcome}; repeated until it is. */
    record WorkerJoined(String workerId, ModelDescription description) implements ToScheduler {}

    /**
     * A worker's account of a step. Sent after every step in which something ended, and at least once in
     * {@link #PERIOD_MILLIS} while sequences are aboard or when the load changed.
     *
     * @param workerId who
     * @param model served name
     * @param stepNanos how long the step took
     * @param sequences sequences aboard after it
     * @param kvTokens KV-cache positions in use after it
     * @param prefillTokens prompt tokens computed since the last report
     * @param outputTokens tokens generated since the last report
     * @param finished what ended; its slots and KV positions are free
     */
    record StepReport(
            String workerId,
            String model,
            long stepNanos,
            int sequences,
            long kvTokens,
            long prefillTokens,
            long outputTokens,
            List<Finished> finished)
            implements ToScheduler {

        public static final long PERIOD_MILLIS = 200;

        public StepReport {
            finished = List.copyOf(finished);
        }
    }

    /** A worker leaves; what it still had aboard is lost to it and must run elsewhere. */
    record WorkerLeft(String workerId, String model) implements ToScheduler {}

    /**
     * The end of one sequence on a worker.
     *
     * @param ref the generation
     * @param reason why
     * @param outputTokens tokens it had given out in all
     */
    record Finished(GenerationRef ref, FinishReason reason, int outputTokens) {}
}
