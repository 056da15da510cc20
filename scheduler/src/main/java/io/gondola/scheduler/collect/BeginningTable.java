package io.gondola.scheduler.collect;

import java.util.function.IntToLongFunction;

/**
 * Who has met the beginnings of which sequences: a table of bounded size. Those who meet them are numbers other than
 * {@value #NOBODY}, so that one that is gone is not kept, and a look at the table touches none of them.
 *
 * <p>A sequence is known by the hashes of its first 16, 32, 48 ... numbers, eight lengths for each doubling, so that neither
 * a long one nor many take much. Each place in the table belongs to a few hashes, of which the one not met for longest
 * goes: what it answers is likely and not sure. A place is half a hash and who met it, in one long: those that belong to a
 * hash lie within one or two cache lines.
 */
public final class BeginningTable {

    public static final int NOBODY = 0;

    /** What nobody costs who is wanted. */
    public static final long UNWANTED = Long.MAX_VALUE;

    private static final int LENGTH_MIN = 16;
    private static final int LENGTH_MAX = 16_384;
    private static final int BEGINNINGS_MAX = 72;
    private static final int LENGTHS_A_DOUBLING = 8;
    private static final int WAYS = 4;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private final int sets;
    private final long[] places;
    private final long[] beginnings = new long[BEGINNINGS_MAX];
    private int beginningCount;

    /** @param entriesMax beginnings remembered; 0 none */
    public BeginningTable(int entriesMax) {
        sets = Integer.highestOneBit(entriesMax / WAYS);
        places = new long[sets * WAYS];
    }

    /**
     * Who has met the longest beginning of this sequence; of several, who costs least.
     *
     * @param cost {@link #UNWANTED} of whoever does not come into question
     */
    public int tryFind(int[] sequence, IntToLongFunction cost) {
        read(sequence);
        int best = NOBODY;
        long leastCost = UNWANTED;
        for (int i = beginningCount - 1; i >= 0 && best == NOBODY; i--) {
            int first = firstOf(beginnings[i]);
            for (int at = first; at < first + WAYS; at++) {
                int holder = (int) places[at];
                boolean isMet = holder != NOBODY && place(beginnings[i], holder) == places[at];
                long holderCost = isMet ? cost.applyAsLong(holder) : UNWANTED;
                if (holderCost < leastCost) {
                    best = holder;
                    leastCost = holderCost;
                }
            }
        }
        return best;
    }

    /** The sequence that {@link #tryFind} was last asked about is met by this one. */
    public void remember(int holder) {
        for (int i = 0; i < beginningCount; i++) {
            int first = firstOf(beginnings[i]);
            long newest = place(beginnings[i], holder);
            int at = first;
            while (at < first + WAYS - 1 && places[at] != newest) {
                at++;
            }
            for (; at > first; at--) {
                places[at] = places[at - 1];
            }
            places[first] = newest;
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

    /** Of the hash the half by which its set is not found. */
    private static long place(long hash, int holder) {
        return hash << 32 | holder & 0xFFFF_FFFFL;
    }

    private static int lengthBehind(int length) {
        return length + Math.max(LENGTH_MIN, Integer.highestOneBit(length) / LENGTHS_A_DOUBLING);
    }

    private int firstOf(long hash) {
        return WAYS * ((int) (hash >>> 32) & (sets - 1));
    }
}
