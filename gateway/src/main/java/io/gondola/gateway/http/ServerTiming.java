package io.gondola.gateway.http;

import io.gondola.gateway.metrics.TextCounts;
import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.WaitReason;
import java.util.Arrays;
import java.util.Locale;

/**
 * Where the time of one client request went, as the header {@code Server-Timing} has it (W3C Server Timing):
 * {@code admission}, up to the scheduler's word that it is accepted; {@code queue}, with what it waited for; {@code
 * prefill}, from its arrival at a worker to its first token; {@code decode}, from then on. In milliseconds.
 *
 * <p>Queue and prefill are those of the choice that took longest, over all its attempts. What has not come yet is left
 * out, except that a queue still waited in is told without a reason.
 */
final class ServerTiming {

    private static final long UNKNOWN = Long.MIN_VALUE;
    private static final int CHARS_USUAL = 96;
    private static final long NANOS_PER_TENTH_MILLI = 100_000;

    private final long arrivedNanos;
    private final int[] attempts;
    private final long[] queueNanos;
    private final WaitReason[] reasons;
    private final long[] longestWaitNanos;
    private final long[] prefillNanos;
    private long acceptedNanos = UNKNOWN;
    private long firstTokenNanos = UNKNOWN;
    private boolean hasStarted;

    ServerTiming(long arrivedNanos, int choices) {
        this.arrivedNanos = arrivedNanos;
        attempts = new int[choices];
        Arrays.fill(attempts, -1);
        queueNanos = new long[choices];
        reasons = new WaitReason[choices];
        Arrays.fill(reasons, WaitReason.NONE);
        longestWaitNanos = new long[choices];
        prefillNanos = new long[choices];
    }

    void onAccepted(long nowNanos) {
        acceptedNanos = nowNanos;
    }

    /** Once for each attempt, however often its first chunk comes. */
    void onStart(int choice, int attempt, AttemptStart start) {
        if (attempt <= attempts[choice]) {
            return;
        }
        attempts[choice] = attempt;
        hasStarted = true;
        queueNanos[choice] += start.queueWait().nanos();
        prefillNanos[choice] += start.prefillNanos();
        if (start.queueWait().nanos() > longestWaitNanos[choice]) {
            longestWaitNanos[choice] = start.queueWait().nanos();
            reasons[choice] = start.queueWait().reason();
        }
    }

    /** It waited for this, in vain. */
    void onRefused(WaitReason waitedFor) {
        if (waitedFor != WaitReason.NONE) {
            Arrays.fill(reasons, waitedFor);
        }
    }

    void onTokens(long nowNanos) {
        if (firstTokenNanos == UNKNOWN) {
            firstTokenNanos = nowNanos;
        }
    }

    /** The header's value, as far as is known. */
    String value(long nowNanos) {
        StringBuilder value = new StringBuilder(CHARS_USUAL);
        add(value, "admission", (acceptedNanos == UNKNOWN ? nowNanos : acceptedNanos) - arrivedNanos);
        if (hasStarted) {
            add(value, "queue", queueNanos());
            addReason(value);
            add(value, "prefill", longestPrefillNanos());
        } else if (acceptedNanos != UNKNOWN && nowNanos > acceptedNanos) {
            add(value, "queue", nowNanos - acceptedNanos);
            if (waitReason() != WaitReason.NONE) {
                addReason(value);
            }
        }
        if (firstTokenNanos != UNKNOWN) {
            add(value, "decode", nowNanos - firstTokenNanos);
        }
        return value.toString();
    }

    /** In the scheduler's queue, of the choice that was there longest. */
    long queueNanos() {
        return queueNanos[slowest()];
    }

    /** What that one waited for. */
    WaitReason waitReason() {
        return reasons[slowest()];
    }

    /** From the arrival to the first token; -1 without one. */
    long firstTokenNanos() {
        return firstTokenNanos == UNKNOWN ? -1 : firstTokenNanos - arrivedNanos;
    }

    /** The same for the model's statistics, where it was answered now. */
    TextCounts.Answered toAnswered(long nowNanos) {
        return new TextCounts.Answered(
                queueNanos.length,
                nowNanos - arrivedNanos,
                acceptedNanos == UNKNOWN ? 0 : acceptedNanos - arrivedNanos,
                queueNanos(),
                longestPrefillNanos() + (firstTokenNanos == UNKNOWN ? 0 : nowNanos - firstTokenNanos));
    }

    private void addReason(StringBuilder value) {
        value.append(";desc=\"")
                .append(waitReason().name().toLowerCase(Locale.ROOT))
                .append('"');
    }

    private long longestPrefillNanos() {
        long longest = 0;
        for (long nanos : prefillNanos) {
            longest = Math.max(longest, nanos);
        }
        return longest;
    }

    private int slowest() {
        int slowest = 0;
        for (int i = 1; i < queueNanos.length; i++) {
            slowest = queueNanos[i] > queueNanos[slowest] ? i : slowest;
        }
        return slowest;
    }

    private static void add(StringBuilder value, String name, long nanos) {
        long tenths = Math.max(0, nanos) / NANOS_PER_TENTH_MILLI;
        value.append(value.isEmpty() ? "" : ", ")
                .append(name)
                .append(";dur=")
                .append(tenths / 10)
                .append('.')
                .append(tenths % 10);
    }
}
