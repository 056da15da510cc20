package io.gondola.scheduler.core;

import io.gondola.scheduler.presence.PresenceLimits;

/**
 * Every limit of the scheduler, by name. A {@link io.gondola.protocol.Rejection} names one of these components.
 *
 * @param queue what may wait
 * @param holding what may wait while no worker is known or coming
 * @param loading how long a worker that loads counts as coming
 * @param placement where requests board
 * @param step what one step of a worker may hold
 * @param order how requests are ordered and passed over
 * @param retryAfter what refused clients are told
 * @param memory what is remembered of things that are gone
 * @param quotas what may wait of one class and of one tenant
 * @param presence who is missed when
 */
public record SchedulerLimits(
        Queue queue,
        Holding holding,
        Loading loading,
        Placement placement,
        Step step,
        Order order,
        RetryAfter retryAfter,
        Memory memory,
        Quotas quotas,
        PresenceLimits presence) {

    private static final long SECOND_NANOS = 1_000_000_000L;

    /** The limits where nothing is configured. */
    public static SchedulerLimits defaults() {
        return new SchedulerLimits(
                new Queue(1_024, 2_097_152, 128, 1_024, 2_097_152),
                new Holding(1_024, 300 * SECOND_NANOS),
                new Loading(1_800 * SECOND_NANOS, 10 * SECOND_NANOS),
                new Placement(65_536, 25, 5 * SECOND_NANOS),
                new Step(256, 512),
                new Order(30 * SECOND_NANOS, 8, 32, 2 * SECOND_NANOS, 1, 2, 2, 60 * SECOND_NANOS),
                new RetryAfter(1_000, 60_000, 5_000, 30 * SECOND_NANOS, 200),
                new Memory(10_000, 10_000, 16_384),
                Quotas.none(),
                PresenceLimits.standard());
    }

    /**
     * What may wait.
     *
     * @param queueRequestsMax generations that may wait
     * @param queueTokensMax prompt tokens that may wait
     * @param generationsPerSubmitMax generations of one client request
     * @param resubmittedRequestsMax generations that may wait beyond {@code queueRequestsMax} when they are later
     *     attempts: a worker that is lost must not turn streams already begun into refusals
     * @param resubmittedTokensMax their prompt tokens beyond {@code queueTokensMax}
     */
    public record Queue(
            int queueRequestsMax,
            long queueTokensMax,
            int generationsPerSubmitMax,
            int resubmittedRequestsMax,
            long resubmittedTokensMax) {
        public Queue {
            require(queueRequestsMax >= 1, "queueRequestsMax", queueRequestsMax);
            require(queueTokensMax >= 1, "queueTokensMax", queueTokensMax);
            require(generationsPerSubmitMax >= 1, "generationsPerSubmitMax", generationsPerSubmitMax);
            require(resubmittedRequestsMax >= 0, "resubmittedRequestsMax", resubmittedRequestsMax);
            require(resubmittedTokensMax >= 0, "resubmittedTokensMax", resubmittedTokensMax);
        }
    }

    /**
     * What may wait while no worker is known or coming.
     *
     * @param heldRequestsMax generations held that have not begun, whether they come then or wait when the last worker
     *     goes; 0 refuses at once
     * @param heldNanosMax how long one is held
     */
    public record Holding(int heldRequestsMax, long heldNanosMax) {
        public Holding {
            require(heldRequestsMax >= 0, "heldRequestsMax", heldRequestsMax);
            require(heldNanosMax >= 0, "heldNanosMax", heldNanosMax);
        }
    }

    /**
     * How long a worker that says that it is loading counts as coming: what waits for it is bounded as the queue is, and
     * by its deadlines.
     *
     * @param loadingNanosMax from its first announcement on
     * @param silentNanosMax without another announcement
     */
    public record Loading(long loadingNanosMax, long silentNanosMax) {
        public Loading {
            require(loadingNanosMax >= 0, "loadingNanosMax", loadingNanosMax);
            require(silentNanosMax >= 1, "silentNanosMax", silentNanosMax);
        }
    }

    /**
     * Where requests board.
     *
     * @param prefixEntriesMax beginnings of prompts whose worker is remembered; 0 none
     * @param prefixLoadGapPercent a worker that holds a prompt's beginning is preferred while at most so many more percent
     *     of its slots are in use than of the emptiest worker's
     * @param newcomerNanos how long a worker that joined counts as new: others with room are preferred when it holds more
     *     than the share of this time that has passed
     */
    public record Placement(int prefixEntriesMax, int prefixLoadGapPercent, long newcomerNanos) {
        public Placement {
            require(prefixEntriesMax >= 0 && prefixEntriesMax <= 1 << 24, "prefixEntriesMax", prefixEntriesMax);
            require(prefixLoadGapPercent >= 0, "prefixLoadGapPercent", prefixLoadGapPercent);
            require(newcomerNanos >= 0, "newcomerNanos", newcomerNanos);
        }
    }

    /**
     * What one step of a worker may hold.
     *
     * @param stepSequencesMax sequences in one step
     * @param stepPrefillTokensMax prompt tokens in one step, so that a long prompt stalls nobody's stream
     */
    public record Step(int stepSequencesMax, int stepPrefillTokensMax) {
        public Step {
            require(stepSequencesMax >= 1, "stepSequencesMax", stepSequencesMax);
            require(stepPrefillTokensMax >= 1, "stepPrefillTokensMax", stepPrefillTokensMax);
        }
    }

    /**
     * How requests are ordered and passed over.
     *
     * @param agingNanos a request that waited this long is aged
     * @param agedEvery every so manieth boarding goes to the oldest aged request, whatever its class; 0 never
     * @param passedOverMax requests without room that one round of boarding passes over
     * @param passedOverNanosMax a request without room for this long gets a worker set aside
     * @param promptTokenWeight what a prompt token adds to a tenant's service
     * @param outputTokenWeight what an output token adds to a tenant's service
     * @param preemptionsMax attempts of a batch generation that may be taken off a worker for interactive work; 0 none
     * @param fairnessWindowNanos how long service is added up before Jain's index is made of it
     */
    public record Order(
            long agingNanos,
            int agedEvery,
            int passedOverMax,
            long passedOverNanosMax,
            int promptTokenWeight,
            int outputTokenWeight,
            int preemptionsMax,
            long fairnessWindowNanos) {
        public Order {
            require(agingNanos >= 0, "agingNanos", agingNanos);
            require(agedEvery >= 0, "agedEvery", agedEvery);
            require(passedOverMax >= 0, "passedOverMax", passedOverMax);
            require(passedOverNanosMax >= 0, "passedOverNanosMax", passedOverNanosMax);
            require(promptTokenWeight >= 0, "promptTokenWeight", promptTokenWeight);
            require(outputTokenWeight >= 0, "outputTokenWeight", outputTokenWeight);
            require(preemptionsMax >= 0, "preemptionsMax", preemptionsMax);
            require(fairnessWindowNanos >= 1, "fairnessWindowNanos", fairnessWindowNanos);
        }
    }

    /**
     * What refused clients are told.
     *
     * @param retryAfterMillisMin the least
     * @param retryAfterMillisMax the most
     * @param retryAfterMillisDefault while nothing has been measured
     * @param drainWindowNanos how far back the drain rate looks, roughly
     * @param hopelessPercent a request whose estimated wait is more than this share of its time is refused at once; 0
     *     never
     */
    public record RetryAfter(
            long retryAfterMillisMin,
            long retryAfterMillisMax,
            long retryAfterMillisDefault,
            long drainWindowNanos,
            int hopelessPercent) {
        public RetryAfter {
            require(retryAfterMillisMin >= 1, "retryAfterMillisMin", retryAfterMillisMin);
            require(retryAfterMillisMax >= retryAfterMillisMin, "retryAfterMillisMax", retryAfterMillisMax);
            require(
                    retryAfterMillisDefault >= retryAfterMillisMin && retryAfterMillisDefault <= retryAfterMillisMax,
                    "retryAfterMillisDefault",
                    retryAfterMillisDefault);
            require(drainWindowNanos >= 1, "drainWindowNanos", drainWindowNanos);
            require(hopelessPercent >= 0, "hopelessPercent", hopelessPercent);
        }
    }

    /**
     * What is remembered.
     *
     * @param workersMax workers known at a time; the join of one more is ignored
     * @param idleTenantsMax tenants with nothing waiting or running whose service so far is remembered
     * @param endedMax generations that ended, so that a repeated message does not start them again
     */
    public record Memory(int workersMax, int idleTenantsMax, int endedMax) {
        public Memory {
            require(workersMax >= 1, "workersMax", workersMax);
            require(idleTenantsMax >= 0, "idleTenantsMax", idleTenantsMax);
            require(endedMax >= 0, "endedMax", endedMax);
        }
    }

    /** The same limits with another number of requests in the queue and held for a worker. */
    public SchedulerLimits withQueueRequestsMax(int requestsMax) {
        return withQueue(new Queue(
                        requestsMax,
                        queue.queueTokensMax,
                        queue.generationsPerSubmitMax,
                        queue.resubmittedRequestsMax,
                        queue.resubmittedTokensMax))
                .withHolding(new Holding(requestsMax, holding.heldNanosMax));
    }

    public SchedulerLimits withQueue(Queue other) {
        return new SchedulerLimits(
                other, holding, loading, placement, step, order, retryAfter, memory, quotas, presence);
    }

    public SchedulerLimits withHolding(Holding other) {
        return new SchedulerLimits(queue, other, loading, placement, step, order, retryAfter, memory, quotas, presence);
    }

    public SchedulerLimits withLoading(Loading other) {
        return new SchedulerLimits(queue, holding, other, placement, step, order, retryAfter, memory, quotas, presence);
    }

    public SchedulerLimits withPlacement(Placement other) {
        return new SchedulerLimits(queue, holding, loading, other, step, order, retryAfter, memory, quotas, presence);
    }

    public SchedulerLimits withStep(Step other) {
        return new SchedulerLimits(
                queue, holding, loading, placement, other, order, retryAfter, memory, quotas, presence);
    }

    public SchedulerLimits withOrder(Order other) {
        return new SchedulerLimits(
                queue, holding, loading, placement, step, other, retryAfter, memory, quotas, presence);
    }

    public SchedulerLimits withRetryAfter(RetryAfter other) {
        return new SchedulerLimits(queue, holding, loading, placement, step, order, other, memory, quotas, presence);
    }

    public SchedulerLimits withMemory(Memory other) {
        return new SchedulerLimits(
                queue, holding, loading, placement, step, order, retryAfter, other, quotas, presence);
    }

    public SchedulerLimits withQuotas(Quotas other) {
        return new SchedulerLimits(
                queue, holding, loading, placement, step, order, retryAfter, memory, other, presence);
    }

    public SchedulerLimits withPresence(PresenceLimits other) {
        return new SchedulerLimits(queue, holding, loading, placement, step, order, retryAfter, memory, quotas, other);
    }

    private static void require(boolean holds, String name, long value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " out of range: " + value);
        }
    }
}
