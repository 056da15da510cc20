package io.gondola.scheduler.collect;

import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A heap whose items know their places in it, so that each can be moved or taken out: the first is at hand, everything
 * else costs O(log n). Ordered by two numbers, the least first, the second among equals of the first.
 *
 * <p>The numbers lie beside one another in one array, and a node has four children: finding the way through a million
 * items touches few cache lines, and none of the items' own but to note a new place.
 */
public final class Heap<T extends Heap.Item> {

    /**
     * Something that can be in two heaps, in one by its first place, in the other by its second, in a {@link Procession}, and
     * by its key in a {@link PairMap}.
     */
    public abstract static class Item {
        final long high;
        final long low;
        int place = NOWHERE;
        int secondPlace = NOWHERE;
        int row = NOWHERE;

        /** One that is in no map. */
        protected Item() {
            this(0, 0);
        }

        /** The two are its key. */
        protected Item(long high, long low) {
            this.high = high;
            this.low = low;
        }

        /** Whether it is in a heap by its first place. */
        public final boolean isPlaced() {
            return place != NOWHERE;
        }
    }

    static final int NOWHERE = -1;
    private static final int CHILDREN = 4;
    private static final int CAPACITY_MIN = 4;
    /** The first, its children, and theirs. */
    private static final int PROBES_MAX = 1 + CHILDREN + CHILDREN * CHILDREN;

    private final boolean isBySecondPlace;
    private long[] keys = new long[2 * CAPACITY_MIN];
    private Item[] items = new Item[CAPACITY_MIN];
    private int size;

    private Heap(boolean isBySecondPlace) {
        this.isBySecondPlace = isBySecondPlace;
    }

    public static <T extends Item> Heap<T> byFirstPlace() {
        return new Heap<>(false);
    }

    public static <T extends Item> Heap<T> bySecondPlace() {
        return new Heap<>(true);
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public @Nullable T tryFirst() {
        return size == 0 ? null : at(0);
    }

    /**
     * The first that is {@code wanted} among {@value #PROBES_MAX} that come early, the first of all always among them. No
     * others are looked at, so it may miss one.
     */
    public @Nullable T tryFirst(Predicate<T> wanted) {
        int best = size;
        for (int place = 0; place < Math.min(size, PROBES_MAX) && best > 0; place++) {
            if ((best == size || isBefore(place, best)) && wanted.test(at(place))) {
                best = place;
            }
        }
        return best == size ? null : at(best);
    }

    /** Puts it in, or, if it is in, where these numbers belong. */
    public void put(T item, long first, long second) {
        int place = isBySecondPlace ? item.secondPlace : item.place;
        if (place == NOWHERE) {
            place = size++;
            if (place == items.length) {
                resize(2 * place);
            }
        }
        settle(place, item, first, second);
    }

    /** Takes it out, if it is in. */
    public void remove(T item) {
        int place = isBySecondPlace ? item.secondPlace : item.place;
        if (place == NOWHERE) {
            return;
        }
        note(item, NOWHERE);
        int last = --size;
        Item moved = items[last];
        if (place != last) {
            settle(place, moved, keys[2 * last], keys[2 * last + 1]);
        }
        if (items.length > CAPACITY_MIN && size < items.length / CHILDREN) {
            resize(items.length / 2);
        } else {
            clear(last);
        }
    }

    @SuppressWarnings("unchecked") // Only put() fills places.
    private T at(int place) {
        return (T) items[place];
    }

    private boolean isBefore(int place, int other) {
        return isLess(keys[2 * place], keys[2 * place + 1], other);
    }

    @SuppressWarnings("NullAway") // Places from size on hold nothing, and nobody looks there.
    private void clear(int place) {
        items[place] = null;
    }

    private void resize(int capacity) {
        keys = Arrays.copyOf(keys, 2 * capacity);
        items = Arrays.copyOf(items, capacity);
        Arrays.fill(items, size, capacity, null);
    }

    /** Finds the place of what is to stand here or, along the way to the first or to the last, elsewhere. */
    private void settle(int from, Item item, long first, long second) {
        int place = from;
        for (int parent = (place - 1) / CHILDREN; place > 0 && isLess(first, second, parent); ) {
            move(parent, place);
            place = parent;
            parent = (place - 1) / CHILDREN;
        }
        if (place == from) {
            for (int least = leastChild(place); least < size && !isLess(first, second, least); ) {
                move(least, place);
                place = least;
                least = leastChild(place);
            }
        }
        keys[2 * place] = first;
        keys[2 * place + 1] = second;
        items[place] = item;
        note(item, place);
    }

    /** Of the children, or a place from size on when there is none. */
    private int leastChild(int place) {
        int least = CHILDREN * place + 1;
        int end = Math.min(size, least + CHILDREN);
        for (int child = least + 1; child < end; child++) {
            least = isBefore(child, least) ? child : least;
        }
        return least;
    }

    private boolean isLess(long first, long second, int place) {
        long otherFirst = keys[2 * place];
        return first < otherFirst || first == otherFirst && second < keys[2 * place + 1];
    }

    private void move(int from, int to) {
        keys[2 * to] = keys[2 * from];
        keys[2 * to + 1] = keys[2 * from + 1];
        Item item = items[from];
        items[to] = item;
        note(item, to);
    }

    private void note(Item item, int place) {
        if (isBySecondPlace) {
            item.secondPlace = place;
        } else {
            item.place = place;
        }
    }
}
