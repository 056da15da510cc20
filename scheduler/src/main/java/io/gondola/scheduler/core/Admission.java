package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.RequestClass;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The door: whether the generations of one client request may wait. They come in together or not at all. */
final class Admission {

    private static final double NANOS_PER_MILLI = 1e6;

    private final SchedulerLimits limits;
    private final WaitingLine line;
    private final WorkerPool pool;
    private final DrainRate drainRate;

    Admission(SchedulerLimits limits, WaitingLine line, WorkerPool pool, DrainRate drainRate) {
        this.limits = limits;
        this.line = line;
        this.pool = pool;
        this.drainRate = drainRate;
    }

    /** Why they may not, or null when they may. */
    @Nullable
    Rejection tryReject(Collection<GenerationRequest> generations, long nowNanos) {
        long promptTokens = 0;
        boolean isResubmitted = true;
        for (GenerationRequest generation : generations) {
            promptTokens += generation.prefillTokens();
            isResubmitted &= generation.ref().attempt() > 0;
            if (generation.timeoutNanos() <= 0) {
                return deadline();
            }
            if (pool.size() > 0 && generation.kvTokensMax() > pool.capabilityTokens()) {
                return tooLarge(generation.kvTokensMax());
            }
        }
        if (generations.size() > limits.queue().generationsPerSubmitMax()) {
            return pointless("generationsPerSubmitMax", limits.queue().generationsPerSubmitMax());
        }
        GenerationRequest first = generations.iterator().next();
        long spread = first.ref().id().low();
        Rejection held = pool.size() > 0 ? null : tryRejectHeld(generations.size(), isResubmitted, spread);
        if (held != null) {
            return held;
        }
        Rejection queued = tryRejectQueued(generations.size(), promptTokens, isResubmitted, spread);
        // What has begun is bounded by the queue's own allowance alone.
        if (queued != null || isResubmitted) {
            return queued;
        }
        Rejection overQuota = tryRejectQuotas(first, generations.size(), promptTokens);
        return overQuota != null ? overQuota : tryRejectHopeless(first, nowNanos);
    }

    /** Refuses at once what would only wait for its deadline. The estimate errs on the hopeful side. */
    private @Nullable Rejection tryRejectHopeless(GenerationRequest request, long nowNanos) {
        int hopelessPercent = limits.retryAfter().hopelessPercent();
        if (hopelessPercent == 0 || pool.size() == 0 || !drainRate.isMeasured()) {
            return null;
        }
        long deadlineNanos = Generation.saturatingAdd(nowNanos, request.timeoutNanos());
        long ahead = line.backlogTokensBefore(request.requestClass(), request.tenant(), deadlineNanos);
        double waitNanos = drainRate.drainNanos(ahead);
        if (waitNanos <= request.timeoutNanos() / 100.0 * hopelessPercent) {
            return null;
        }
        long timeoutMillis = (long) (request.timeoutNanos() / NANOS_PER_MILLI);
        long spread = request.ref().id().low();
        return refusal(Reason.CANNOT_MAKE_DEADLINE, "timeoutMillis", timeoutMillis, ahead, spread);
    }

    private @Nullable Rejection tryRejectHeld(int requests, boolean isResubmitted, long spread) {
        long requestsMax = limits.holding().heldRequestsMax();
        long extra = isResubmitted ? limits.queue().resubmittedRequestsMax() : 0;
        return line.size() + (long) requests > requestsMax + extra
                ? noWorker("heldRequestsMax", requestsMax, spread)
                : null;
    }

    private @Nullable Rejection tryRejectQueued(int requests, long tokens, boolean isResubmitted, long spread) {
        SchedulerLimits.Queue queue = limits.queue();
        if (requests > queue.queueRequestsMax()) {
            return pointless("queueRequestsMax", queue.queueRequestsMax());
        }
        if (tokens > queue.queueTokensMax()) {
            return pointless("queueTokensMax", queue.queueTokensMax());
        }
        long extraRequests = isResubmitted ? queue.resubmittedRequestsMax() : 0;
        if (line.size() + (long) requests > queue.queueRequestsMax() + extraRequests) {
            return full(Reason.QUEUE_REQUESTS_FULL, "queueRequestsMax", queue.queueRequestsMax(), spread);
        }
        long extraTokens = isResubmitted ? queue.resubmittedTokensMax() : 0;
        if (line.promptTokens() + tokens > Generation.saturatingAdd(queue.queueTokensMax(), extraTokens)) {
            return full(Reason.QUEUE_TOKENS_FULL, "queueTokensMax", queue.queueTokensMax(), spread);
        }
        return null;
    }

    private @Nullable Rejection tryRejectQuotas(GenerationRequest request, int requests, long tokens) {
        RequestClass requestClass = request.requestClass();
        String className = requestClass.name().toLowerCase(Locale.ROOT);
        long spread = request.ref().id().low();
        Backlog ofClass = line.of(requestClass).backlog();
        Rejection rejection =
                tryRejectQuota(className, limits.quotas().of(requestClass), ofClass, requests, tokens, spread);
        return rejection != null
                ? rejection
                : tryRejectQuota(
                        "tenant", limits.quotas().tenant(), line.backlogOf(request.tenant()), requests, tokens, spread);
    }

    private @Nullable Rejection tryRejectQuota(
            String whose, Quotas.Quota quota, Backlog waiting, int requests, long tokens, long spread) {
        String requestsName = whose + "RequestsMax";
        String tokensName = whose + "TokensMax";
        if (requests > quota.requestsMax()) {
            return pointless(requestsName, quota.requestsMax());
        } else if (tokens > quota.tokensMax()) {
            return pointless(tokensName, quota.tokensMax());
        } else if (waiting.requests() > quota.requestsMax() - requests) {
            return refusal(Reason.QUEUE_REQUESTS_FULL, requestsName, quota.requestsMax(), waiting.kvTokens(), spread);
        } else if (waiting.promptTokens() > quota.tokensMax() - tokens) {
            return refusal(Reason.QUEUE_TOKENS_FULL, tokensName, quota.tokensMax(), waiting.kvTokens(), spread);
        }
        return null;
    }

    /** Its time is up. */
    static Rejection deadline() {
        return new Rejection(Reason.DEADLINE, "", 0, 0);
    }

    /** No worker known could ever serve it. */
    Rejection tooLarge(long kvTokens) {
        long contextTokensMax = 0;
        for (Worker worker : pool.all()) {
            contextTokensMax = Math.max(contextTokensMax, worker.description().contextTokensMax());
        }
        return kvTokens > contextTokensMax
                ? new Rejection(Reason.TOO_LARGE, "contextTokensMax", contextTokensMax, 0)
                : new Rejection(Reason.TOO_LARGE, "kvTokensMax", pool.capabilityTokens(), 0);
    }

    /** No worker is known, and holding more, or longer, is over a limit. */
    Rejection noWorker(String limitName, long limitValue, long spread) {
        return refusal(Reason.NO_WORKER, limitName, limitValue, line.backlogTokens(), spread);
    }

    private Rejection full(Reason reason, String limitName, long limitValue, long spread) {
        return refusal(reason, limitName, limitValue, line.backlogTokens(), spread);
    }

    private Rejection refusal(Reason reason, String limitName, long limitValue, long aheadTokens, long spread) {
        long retryAfterMillis = drainRate.retryAfterMillis(aheadTokens, spread);
        // Without a worker nothing drains, whatever was measured before.
        long waitMillis = reason == Reason.NO_WORKER ? 0 : drainRate.estimateMillis(aheadTokens);
        return new Rejection(reason, limitName, limitValue, waitMillis, retryAfterMillis);
    }

    /** Larger than a whole limit: trying again does not help. */
    private static Rejection pointless(String limitName, long limitValue) {
        return new Rejection(Reason.TOO_LARGE, limitName, limitValue, 0);
    }
}
