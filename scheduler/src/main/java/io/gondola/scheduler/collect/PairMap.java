package io.gondola.scheduler.collect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Items by their keys, which are pairs of longs. Half a hash of each lies in an array of its own: to see that a key is not
 * in touches one place there and nothing else, where a map of objects goes from its table to a node and from there to a key.
 * The key itself is in the item, which whoever looks it up touches anyway: in a large map each array that a look goes to is
 * another wait for memory.
 *
 * <p>Open addressing with linear probes, half full at most. Who is taken out leaves no mark: those behind move up. Keys
 * are taken to be spread already, as drawn ones are.
 */
public final class PairMap<T extends Heap.Item> {

    private static final int CAPACITY_MIN = 16;
    private static final int SPARSE = 16;
    private static final int FREE = 0;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    /** 0 is a free place. */
    private int[] tags = new int[CAPACITY_MIN];

    private Heap.Item[] items = new Heap.Item[CAPACITY_MIN];
    private int size;

    public int size() {
        return size;
    }

    public @Nullable T tryGet(long high, long low) {
        int place = find(tag(high, low), high, low);
        return tags[place] == FREE ? null : at(place);
    }

    /** Puts it in the place of what its key had, which it gives back. */
    public @Nullable T put(T item) {
        int tag = tag(item.high, item.low);
        int place = find(tag, item.high, item.low);
        T before = at(place);
        tags[place] = tag;
        items[place] = item;
        size += before == null ? 1 : 0;
        if (2L * size > items.length) {
            resize(2 * items.length);
        }
        return before;
    }

    /** Takes out what this key has, which it gives back. */
    public @Nullable T remove(long high, long low) {
        int place = find(tag(high, low), high, low);
        T before = tags[place] == FREE ? null : at(place);
        if (before != null) {
            size--;
            close(place);
            if (items.length > CAPACITY_MIN && SPARSE * size < items.length) {
                resize(items.length / 2);
            }
        }
        return before;
    }

    /** Everything that is in; the order means nothing, but is the same after the same calls. */
    public List<T> values() {
        List<T> all = new ArrayList<>(size);
        for (int place = 0; place < items.length; place++) {
            T item = at(place);
            if (item != null) {
                all.add(item);
            }
        }
        return all;
    }

    /** The place that this key has, or else the one that it would get. */
    private int find(int tag, long high, long low) {
        int place = home(tag);
        while (tags[place] != FREE && (tags[place] != tag || items[place].high != high || items[place].low != low)) {
            place = behind(place);
        }
        return place;
    }

    private static int tag(long high, long low) {
        int tag = (int) ((high ^ Long.rotateLeft(low, 32)) * MULTIPLIER >>> 32);
        return tag == FREE ? 1 : tag;
    }

    private int home(int tag) {
        return tag & tags.length - 1;
    }

    private int behind(int place) {
        return place + 1 & tags.length - 1;
    }

    /** Moves up those behind a hole that would not be found past it. */
    private void close(int from) {
        int mask = tags.length - 1;
        int hole = from;
        for (int place = behind(hole); tags[place] != FREE; place = behind(place)) {
            int probes = place - home(tags[place]) & mask;
            if (probes >= (place - hole & mask)) {
                tags[hole] = tags[place];
                items[hole] = items[place];
                hole = place;
            }
        }
        clear(hole);
    }

    @SuppressWarnings("NullAway") // A place without an item is free.
    private void clear(int place) {
        tags[place] = FREE;
        items[place] = null;
    }

    private void resize(int capacity) {
        int[] oldTags = tags;
        Heap.Item[] oldItems = items;
        tags = new int[capacity];
        items = new Heap.Item[capacity];
        for (int old = 0; old < oldTags.length; old++) {
            if (oldTags[old] != FREE) {
                int place = home(oldTags[old]);
                while (tags[place] != FREE) {
                    place = behind(place);
                }
                tags[place] = oldTags[old];
                items[place] = oldItems[old];
            }
        }
    }

    @SuppressWarnings("unchecked") // Only put() fills places.
    private @Nullable T at(int place) {
        return (T) items[place];
    }
}
