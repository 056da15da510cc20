package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Instants;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.scheduler.presence.LoadingWorkers;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The door: whether the generations of one client request may wait. They come in together or not at all. */
final class Admission {

    private static final double NANOS_PER_MILLI = 1e6;

    private final SchedulerLimits limits;
    private final WaitingLine line;
    private final WorkerPool pool;
    private final LoadingWorkers loading;
    private final DrainRate drainRate;

    Admission(SchedulerLimits limits, WaitingLine line, WorkerPool pool, LoadingWorkers loading, DrainRate drainRate) {
        this.limits = limits;
        this.line = line;
        this.pool = pool;
        this.loading = loading;
        this.drainRate = drainRate;
    }

    /**
     * Why they may not, or null when they may.
     *
     * @param isAdmitted the owner before this one let them in, within the same limits: they count as waiting here before
     *     it is heard who of them is aboard, so all may be more than those limits
     */
    @Nullable
    Rejection tryReject(Collection<GenerationRequest> generations, boolean isAdmitted, long nowNanos) {
        long tokens = 0;
        boolean isResubmitted = true;
        for (GenerationRequest generation : generations) {
            tokens += generation.prefillTokens();
            isResubmitted &= generation.ref().attempt() > 0;
            if (generation.timeoutNanos() <= 0) {
                return deadline();
            }
            if (pool.size() > 0 && pool.isComplete && generation.kvTokensMax() > pool.capabilityTokens) {
                return tooLarge(generation.kvTokensMax());
            }
        }
        if (isAdmitted) {
            return null;
        }
        int requests = generations.size();
        if (requests > limits.queue().generationsPerSubmitMax()) {
            return pointless("generationsPerSubmitMax", limits.queue().generationsPerSubmitMax());
        }
        GenerationRequest first = generations.iterator().next();
        Rejection full = tryRejectFull(requests, tokens, isResubmitted, first);
        // What has begun is bounded by the queue's own allowance alone.
        if (full != null || isResubmitted) {
            return full;
        }
        String className = first.requestClass().word();
        Quotas.Quota ofClass = limits.quotas().of(first.requestClass());
        Backlog waiting = line.of(first.requestClass()).backlog;
        Rejection overQuota = tryRejectOver(ofClass, className, waiting, requests, tokens, first);
        if (overQuota == null) {
            Backlog ofTenant = line.backlogOf(first.tenant());
            overQuota = tryRejectOver(limits.quotas().tenant(), "tenant", ofTenant, requests, tokens, first);
        }
        return overQuota != null ? overQuota : tryRejectHopeless(first, nowNanos);
    }

    /** No worker is known or on its way, and all that there are would be known. */
    boolean isNoneComing() {
        return pool.isComplete && pool.size() == 0 && loading.size() == 0;
    }

    /** The whole queue, and what may be held while no worker is known or coming. Later attempts have an allowance beyond. */
    private @Nullable Rejection tryRejectFull(int requests, long tokens, boolean isResubmitted, GenerationRequest of) {
        SchedulerLimits.Queue queue = limits.queue();
        int extraRequests = isResubmitted ? queue.resubmittedRequestsMax() : 0;
        int heldMax = limits.holding().heldRequestsMax();
        if (isNoneComing() && line.size() + (long) requests > (long) heldMax + extraRequests) {
            return noWorker("heldRequestsMax", heldMax, of);
        }
        Quotas.Quota whole = new Quotas.Quota(queue.queueRequestsMax(), queue.queueTokensMax());
        Backlog counted = new Backlog();
        counted.requests = line.size() - extraRequests;
        counted.promptTokens = line.backlog.promptTokens - (isResubmitted ? queue.resubmittedTokensMax() : 0);
        counted.kvTokens = line.backlog.kvTokens;
        return tryRejectOver(whole, "queue", counted, requests, tokens, of);
    }

    private @Nullable Rejection tryRejectOver(
            Quotas.Quota quota, String whose, Backlog waiting, int requests, long tokens, GenerationRequest of) {
        if (requests > quota.requestsMax()) {
            return pointless(whose + "RequestsMax", quota.requestsMax());
        } else if (tokens > quota.tokensMax()) {
            return pointless(whose + "TokensMax", quota.tokensMax());
        } else if (waiting.requests > quota.requestsMax() - requests) {
            String name = whose + "RequestsMax";
            return refusal(Reason.QUEUE_REQUESTS_FULL, name, quota.requestsMax(), waiting.kvTokens, of);
        } else if (waiting.promptTokens > quota.tokensMax() - tokens) {
            String name = whose + "TokensMax";
            return refusal(Reason.QUEUE_TOKENS_FULL, name, quota.tokensMax(), waiting.kvTokens, of);
        }
        return null;
    }

    /** Refuses at once what would only wait for its deadline. The estimate errs on the hopeful side. */
    private @Nullable Rejection tryRejectHopeless(GenerationRequest request, long nowNanos) {
        int hopelessPercent = limits.retryAfter().hopelessPercent();
        if (hopelessPercent == 0 || pool.size() == 0 || !drainRate.isSettled(pool.kvTokensUsed)) {
            return null;
        }
        long deadlineNanos = Instants.after(nowNanos, request.timeoutNanos());
        long ahead = line.backlogTokensBefore(request.requestClass(), request.tenant(), deadlineNanos);
        if (drainRate.drainNanos(ahead) <= request.timeoutNanos() / 100.0 * hopelessPercent) {
            return null;
        }
        long timeoutMillis = (long) (request.timeoutNanos() / NANOS_PER_MILLI);
        return refusal(Reason.CANNOT_MAKE_DEADLINE, "timeoutMillis", timeoutMillis, ahead, request);
    }

    /** Its time is up. */
    static Rejection deadline() {
        return new Rejection(Reason.DEADLINE, "", 0, 0);
    }

    /** No worker known could ever serve it. */
    Rejection tooLarge(long kvTokens) {
        long contextTokensMax = 0;
        for (Worker worker : pool.all()) {
            contextTokensMax = Math.max(contextTokensMax, worker.contextTokensMax);
        }
        return kvTokens > contextTokensMax
                ? pointless("contextTokensMax", contextTokensMax)
                : pointless("kvTokensMax", pool.capabilityTokens);
    }

    /** No worker is known or coming, and holding more, or longer, is over a limit. */
    Rejection noWorker(String limitName, long limitValue, GenerationRequest of) {
        return refusal(Reason.NO_WORKER, limitName, limitValue, line.backlog.kvTokens, of);
    }

    private Rejection refusal(Reason reason, String limitName, long limitValue, long ahead, GenerationRequest of) {
        // Without a worker nothing drains, whatever was measured before.
        long waitMillis = reason == Reason.NO_WORKER ? 0 : drainRate.estimateMillis(ahead);
        long retryAfterMillis = drainRate.retryAfterMillis(ahead, of.ref().id().low());
        return new Rejection(reason, limitName, limitValue, waitMillis, retryAfterMillis);
    }

    /** Larger than a whole limit: trying again does not help. */
    private static Rejection pointless(String limitName, long limitValue) {
        return new Rejection(Reason.TOO_LARGE, limitName, limitValue, 0);
    }
}
