package io.gondola.scheduler.launch;

import io.gondola.launch.Given;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.UsageException;
import io.gondola.scheduler.core.Quotas;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.inference.InferenceLimits;
import io.gondola.scheduler.inference.InferenceQuotas;

/** What was set about a scheduler. */
public final class SchedulerSettings {

    private static final int MAX_QUEUE_MAX = 1_000_000;
    private static final long HOLD_SECONDS_MAX = 86_400;

    private SchedulerSettings() {}

    public static SchedulerLimits read(Settings settings) throws UsageException {
        int queueRequestsMax = settings.integer(Setting.MAX_QUEUE, 1, MAX_QUEUE_MAX);
        int heldRequestsMax = settings.isGiven(Setting.MAX_HELD)
                ? settings.integer(Setting.MAX_HELD, 0, MAX_QUEUE_MAX)
                : queueRequestsMax;
        return SchedulerLimits.defaults()
                .withQueueRequestsMax(queueRequestsMax)
                .withHolding(new SchedulerLimits.Holding(
                        heldRequestsMax, settings.nanos(Setting.HOLD_TIMEOUT, HOLD_SECONDS_MAX)))
                .withQuotas(new Quotas(
                        quota(settings.one(Setting.MAX_QUEUE_INTERACTIVE)),
                        quota(settings.one(Setting.MAX_QUEUE_STANDARD)),
                        quota(settings.one(Setting.MAX_QUEUE_BATCH)),
                        quota(settings.one(Setting.MAX_QUEUE_TENANT))));
    }

    /** The same bounds, as far as they count requests, for the inferences of each version of a model. */
    public static InferenceLimits readInferences(Settings settings) throws UsageException {
        return InferenceLimits.defaults()
                .withQuotas(new InferenceQuotas(
                        quota(settings.one(Setting.MAX_QUEUE_INTERACTIVE)).requestsMax(),
                        quota(settings.one(Setting.MAX_QUEUE_STANDARD)).requestsMax(),
                        quota(settings.one(Setting.MAX_QUEUE_BATCH)).requestsMax(),
                        quota(settings.one(Setting.MAX_QUEUE_TENANT)).requestsMax()));
    }

    /** {@code REQUESTS} or {@code REQUESTS:TOKENS}; no bound where nothing is given. */
    private static Quotas.Quota quota(Given value) throws UsageException {
        if (value.text().isEmpty()) {
            return Quotas.Quota.NONE;
        }
        String[] parts = value.text().split(":", -1);
        try {
            if (parts.length <= 2) {
                return new Quotas.Quota(
                        Integer.parseInt(parts[0]), parts.length == 1 ? Long.MAX_VALUE : Long.parseLong(parts[1]));
            }
        } catch (IllegalArgumentException notAQuota) {
            // Falls through to the one message that says what is expected.
        }
        throw value.wrong(
                "expected REQUESTS or REQUESTS:TOKENS, whole numbers of at least 1, not '" + value.text() + "'");
    }
}
