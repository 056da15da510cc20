package io.gondola.scheduler.presence;

import io.gondola.protocol.Instants;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The workers that said that they are loading the model: capacity that is coming, for which requests are held. One that
 * falls silent for {@code silentNanosMax} is forgotten; one that loads for {@code loadingNanosMax} is not believed any more.
 */
public final class LoadingWorkers {

    private final long loadingNanosMax;
    private final long silentNanosMax;
    private final int workersMax;
    private final Map<String, Loading> announced = new LinkedHashMap<>();
    private int coming;
    private long nextDueNanos = Long.MAX_VALUE;
    private long noneSinceNanos = Long.MIN_VALUE;

    private static final class Loading {
        final long sinceNanos;
        long heardNanos;

        Loading(long sinceNanos) {
            this.sinceNanos = sinceNanos;
            heardNanos = sinceNanos;
        }
    }

    /**
     * @param loadingNanosMax how long one is believed, from its first announcement on
     * @param silentNanosMax how long one is remembered without another announcement
     * @param workersMax more are not counted
     */
    public LoadingWorkers(long loadingNanosMax, long silentNanosMax, int workersMax) {
        this.loadingNanosMax = loadingNanosMax;
        this.silentNanosMax = silentNanosMax;
        this.workersMax = workersMax;
    }

    public void onLoading(String workerId, long nowNanos) {
        Loading known = announced.get(workerId);
        if (known != null) {
            known.heardNanos = nowNanos;
        } else if (announced.size() < workersMax) {
            announced.put(workerId, new Loading(nowNanos));
            recount(nowNanos);
        }
    }

    /** It is here, or will not come. */
    public void onGone(String workerId, long nowNanos) {
        if (announced.remove(workerId) != null) {
            recount(nowNanos);
        }
    }

    /** Forgets whom nothing was heard of for too long. */
    public void onTime(long nowNanos) {
        if (nowNanos >= nextDueNanos) {
            recount(nowNanos);
        }
    }

    /** How many are on their way. */
    public int size() {
        return coming;
    }

    /** When one may have to be given up: not later than that. */
    public long nextDueNanos() {
        return nextDueNanos;
    }

    /** Since when none has been on its way, while that is so. */
    public long noneSinceNanos() {
        return noneSinceNanos;
    }

    private void recount(long nowNanos) {
        int before = coming;
        coming = 0;
        nextDueNanos = Long.MAX_VALUE;
        for (Iterator<Loading> each = announced.values().iterator(); each.hasNext(); ) {
            Loading loading = each.next();
            long silentAtNanos = Instants.after(loading.heardNanos, silentNanosMax);
            long tooLongAtNanos = Instants.after(loading.sinceNanos, loadingNanosMax);
            if (silentAtNanos <= nowNanos) {
                each.remove();
            } else {
                boolean isBelieved = tooLongAtNanos > nowNanos;
                coming += isBelieved ? 1 : 0;
                long dueNanos = isBelieved ? Math.min(silentAtNanos, tooLongAtNanos) : silentAtNanos;
                nextDueNanos = Math.min(nextDueNanos, dueNanos);
            }
        }
        noneSinceNanos = before > 0 && coming == 0 ? nowNanos : noneSinceNanos;
    }
}
