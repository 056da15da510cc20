package io.gondola.scheduler.collect;

import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Who has met the beginnings of which sequences: a table of bounded size.
 *
 * <p>A sequence is known by the hashes of its first 16, 32, 48 ... numbers, eight lengths for each doubling, so that neither
 * a long one nor many take much. Each place in the table belongs to a few hashes, of which the one not met for longest
 * goes: what it answers is likely and not sure.
 */
public final class BeginningTable<T> {

    private static final int LENGTH_MIN = 16;
    private static final int LENGTH_MAX = 16_384;
    private static final int BEGINNINGS_MAX = 72;
    private static final int LENGTHS_A_DOUBLING = 8;
    private static final int WAYS = 4;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private final int sets;
    private final long[] hashes;
    private final Object[] holders;
    private final long[] beginnings = new long[BEGINNINGS_MAX];
    private int beginningCount;

    /** @param entriesMax beginnings remembered; 0 none */
    public BeginningTable(int entriesMax) {
        sets = Integer.highestOneBit(entriesMax / WAYS);
        hashes = new long[sets * WAYS];
        holders = new Object[sets * WAYS];
    }

    /** Who has met the longest beginning of this sequence, of those wanted; of several, who costs least. */
    public @Nullable T tryFind(int[] sequence, Predicate<T> wanted, ToLongFunction<T> cost) {
        read(sequence);
        T best = null;
        for (int i = beginningCount - 1; i >= 0 && best == null; i--) {
            int first = firstOf(beginnings[i]);
            for (int at = first; at < first + WAYS; at++) {
                T holder = hashes[at] == beginnings[i] ? holderAt(at) : null;
                if (holder != null
                        && wanted.test(holder)
                        && (best == null || cost.applyAsLong(holder) < cost.applyAsLong(best))) {
                    best = holder;
                }
            }
        }
        return best;
    }

    /** The sequence that {@link #tryFind} was last asked about is met by this one. */
    public void remember(T holder) {
        for (int i = 0; i < beginningCount; i++) {
            int first = firstOf(beginnings[i]);
            int at = first;
            while (at < first + WAYS - 1 && !(holders[at] == holder && hashes[at] == beginnings[i])) {
                at++;
            }
            System.arraycopy(hashes, first, hashes, first + 1, at - first);
            System.arraycopy(holders, first, holders, first + 1, at - first);
            hashes[first] = beginnings[i];
            holders[first] = holder;
        }
    }

    private void read(int[] sequence) {
        beginningCount = 0;
        long hash = 0;
        int next = sets == 0 ? Integer.MAX_VALUE : LENGTH_MIN;
        int end = Math.min(sequence.length, LENGTH_MAX);
        for (int from = 0; next <= end; from = next, next = lengthBehind(next)) {
            for (int i = from; i < next; i++) {
                hash = (hash + sequence[i]) * MULTIPLIER;
            }
            beginnings[beginningCount++] = hash ^ hash >>> 29;
        }
    }

    @SuppressWarnings("unchecked") // Only remember() fills places.
    private @Nullable T holderAt(int at) {
        return (T) holders[at];
    }

    private static int lengthBehind(int length) {
        return length + Math.max(LENGTH_MIN, Integer.highestOneBit(length) / LENGTHS_A_DOUBLING);
    }

    private int firstOf(long hash) {
        return WAYS * ((int) (hash >>> 32) & (sets - 1));
    }
}
