package io.gondola.scheduler.collect;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.Rejection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The newest attempt of each generation: of those that are open, and of those that ended last. A message that comes twice,
 * or a cancel that overtakes its submit, starts nothing; and who asks again is told again why it was refused.
 *
 * <p>Either is in a table of its own: of those that ended are few, so that to remember one and to forget another stays
 * within what the processor has at hand, however many are open. Older attempts that are not over yet, as their workers have
 * not let them go, hang on the newest.
 */
public final class Attempts<T extends Attempts.Open> {

    /** The newest attempts that have not ended. */
    private final PairMap<Open> openById = new PairMap<>();
    /** Those that have. */
    private final PairMap<Ended> endedById = new PairMap<>();
    /** The ids of those that ended last, in a ring. */
    private final long[] endedIds;

    private int nextEnded;

    /** One attempt at a generation. */
    private abstract static class Attempt extends Heap.Item {
        /** The next older attempt that is not over. */
        @Nullable
        Open older;

        final int attempt;

        Attempt(long idHigh, long idLow, int attempt) {
            super(idHigh, idLow);
            this.attempt = attempt;
        }

        /** Of this and the older ones the newest that is not over. */
        abstract @Nullable Open newestOpen();

        /** That older one is over. */
        final void forgetOlder(Open gone) {
            if (older == gone) {
                older = gone.older;
            } else if (older != null) {
                older.forgetOlder(gone);
            }
        }
    }

    /** One that has not ended. */
    public abstract static class Open extends Attempt {
        public final GenerationRef ref;

        protected Open(GenerationRef ref) {
            super(ref.id().high(), ref.id().low(), ref.attempt());
            this.ref = ref;
        }

        @Override
        final Open newestOpen() {
            return this;
        }
    }

    /** What is left of one: that it was. */
    private static final class Ended extends Attempt {
        final @Nullable Rejection rejection;

        Ended(long idHigh, long idLow, int attempt, @Nullable Rejection rejection, @Nullable Open older) {
            super(idHigh, idLow, attempt);
            this.rejection = rejection;
            this.older = older;
        }

        @Override
        @Nullable
        Open newestOpen() {
            return older;
        }
    }

    /** @param endedMax that are remembered after their end */
    public Attempts(int endedMax) {
        endedIds = new long[2 * endedMax];
    }

    /** The newest attempt, if that has not ended. */
    @SuppressWarnings("unchecked") // Only open() puts open ones in.
    public @Nullable T tryGet(GenerationId id) {
        return (T) openById.tryGet(id.high(), id.low());
    }

    /** This attempt, if it is not over and as wanted: the newest, or one that hangs on it. */
    @SuppressWarnings("unchecked")
    public @Nullable T tryFind(GenerationRef ref, Predicate<T> wanted) {
        Attempt known = get(ref);
        Open each = known == null ? null : known.newestOpen();
        while (each != null && (each.attempt != ref.attempt() || !wanted.test((T) each))) {
            each = each.older;
        }
        return (T) each;
    }

    /** Whether this attempt is newer than all that was heard of the generation. */
    public boolean isNews(GenerationRef ref) {
        Attempt known = get(ref);
        return known == null || known.attempt < ref.attempt();
    }

    /** Whether this attempt, or a newer one, ended already. */
    public boolean hasEnded(GenerationRef ref) {
        Attempt known = get(ref);
        boolean isNewest = known != null && known.attempt == ref.attempt();
        return isNewest ? known instanceof Ended : !isNews(ref);
    }

    /** Why this attempt was refused; null when it was not, or is not remembered. */
    public @Nullable Rejection tryRejection(GenerationRef ref) {
        Attempt known = get(ref);
        return known instanceof Ended ended && ended.attempt == ref.attempt() ? ended.rejection : null;
    }

    /** Those that have not ended, in no order that means anything. */
    @SuppressWarnings("unchecked")
    public List<T> open() {
        return (List<T>) openById.values();
    }

    /** This is the newest from now on. Older ones have ended or been told to. */
    public void onOpened(T open) {
        Open before = openById.put(open);
        Ended ended = before != null ? null : endedById.remove(open.high, open.low);
        open.older = ended != null ? ended.older : before;
    }

    /** This one is over. */
    public void onOver(T open, @Nullable Rejection rejection) {
        Attempt known = get(open.high, open.low);
        if (known == open) {
            remember(new Ended(open.high, open.low, open.attempt, rejection, open.older));
        } else if (known != null) {
            known.forgetOlder(open);
        }
    }

    /** This one, which never was open, is not to be: it was refused, or, without a reason, cancelled before it came. */
    public void onRefused(GenerationRef ref, @Nullable Rejection rejection) {
        Attempt known = get(ref);
        if (isNews(ref)) {
            Open older = known == null ? null : known.newestOpen();
            remember(new Ended(ref.id().high(), ref.id().low(), ref.attempt(), rejection, older));
        }
    }

    private void remember(Ended one) {
        openById.remove(one.high, one.low);
        endedById.put(one);
        if (endedIds.length == 0) {
            forget(one.high, one.low);
            return;
        }
        forget(endedIds[nextEnded], endedIds[nextEnded + 1]);
        endedIds[nextEnded] = one.high;
        endedIds[nextEnded + 1] = one.low;
        nextEnded = (nextEnded + 2) % endedIds.length;
    }

    /** One that ended, unless a newer attempt took its place. */
    private void forget(long idHigh, long idLow) {
        Ended known = endedById.remove(idHigh, idLow);
        if (known != null && known.older != null) {
            openById.put(known.older);
        }
    }

    private @Nullable Attempt get(GenerationRef ref) {
        return get(ref.id().high(), ref.id().low());
    }

    private @Nullable Attempt get(long idHigh, long idLow) {
        Open known = openById.tryGet(idHigh, idLow);
        return known != null ? known : endedById.tryGet(idHigh, idLow);
    }
}
