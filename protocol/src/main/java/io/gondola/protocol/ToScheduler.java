package io.gondola.protocol;

import java.util.List;

/** What the owner of a model's queue is told, by gateways and by workers. */
public sealed interface ToScheduler {

    /**
     * A gateway hands over the generations of one client request: all are accepted or all are rejected.
     *
     * @param generations at least one, all of one model, each once
     * @param isAdmitted the owner before this one accepted these attempts: no limit refuses them a second time
     */
    record Submit(List<GenerationRequest> generations, boolean isAdmitted) implements ToScheduler {
        /** Of those that nobody has accepted yet. */
        public Submit(List<GenerationRequest> generations) {
            this(generations, false);
        }

        public Submit {
            generations = List.copyOf(generations);
            if (generations.size() > 1 && countIds(generations) < generations.size()) {
                throw new IllegalArgumentException("a generation is submitted twice at once");
            }
        }

        private static long countIds(List<GenerationRequest> generations) {
            return generations.stream().map(each -> each.ref().id()).distinct().count();
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

    /**
     * A gateway lives and has something open of this model; said at least once in {@link #PERIOD_MILLIS} as long as that
     * is so. It asks after those it has heard nothing of for a while: what the owner does not have is answered by
     * {@link ToGateway.AttemptLost} or once more by {@link ToGateway.Rejected}, and what it has by nothing.
     *
     * @param refs at most {@link #REFS_MAX}, often none
     */
    record Inquire(String gatewayId, String model, List<GenerationRef> refs) implements ToScheduler {

        public static final long PERIOD_MILLIS = 500;

        /** More go into another message. */
        public static final int REFS_MAX = 1_024;

        public Inquire {
            refs = List.copyOf(refs);
        }
    }

    /**
     * Who a worker is and all that it has. It joins by it, lives by it, and what a lost message left apart comes together
     * again by it. Sent at least once in {@link #PERIOD_MILLIS}, however long a step takes. A worker whom this tells the
     * owner of for the first time is answered by {@link ToWorker.Welcome}.
     *
     * @param workerId unique to one life of one process
     * @param description what it has loaded
     * @param epoch the owner that welcomed it; {@link OwnerWatch#NOBODY} before one has
     * @param number counts the worker's censuses, so that one that was overtaken shows
     * @param seenNumber of the newest message it took from that owner: what went before and is neither here nor reported
     *     as finished never came
     * @param aboard everything taken in and not yet reported as finished
     */
    record Census(
            String workerId,
            ModelDescription description,
            long epoch,
            long number,
            long seenNumber,
            List<Aboard> aboard)
            implements ToScheduler {

        public static final long PERIOD_MILLIS = 500;

        public Census {
            aboard = List.copyOf(aboard);
        }
    }

    /**
     * One sequence in a {@link Census}: what an owner that never heard of it must know to take it over.
     *
     * @param kvTokensMax KV positions it may come to hold; at least one
     */
    record Aboard(
            GenerationRef ref,
            String gatewayId,
            String tenant,
            int tenantWeight,
            RequestClass requestClass,
            int kvTokensMax) {

        public Aboard {
            GenerationRequest.requireTenantWeight(tenantWeight);
            if (kvTokensMax < 1) {
                throw new IllegalArgumentException("kvTokensMax " + kvTokensMax);
            }
        }

        public static Aboard of(GenerationRequest request) {
            return new Aboard(
                    request.ref(),
                    request.gatewayId(),
                    request.tenant(),
                    request.tenantWeight(),
                    request.requestClass(),
                    request.kvTokensMax());
        }

        /** What an owner can know of it: its tokens stay with worker and gateway, and with them its deadline. */
        public GenerationRequest toRequest(String model) {
            return new GenerationRequest(
                    ref,
                    gatewayId,
                    model,
                    new int[1],
                    new int[0],
                    kvTokensMax - 1,
                    new int[0],
                    SamplingParams.greedy(),
                    -1,
                    false,
                    tenant,
                    tenantWeight,
                    requestClass,
                    Long.MAX_VALUE);
        }
    }

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

    /**
     * A worker is about to leave: it goes on with what it has and takes nothing new. Said with each {@link Census} from
     * then on, so that an owner that comes later hears of it too.
     */
    record WorkerDraining(String workerId, String model) implements ToScheduler {}

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
