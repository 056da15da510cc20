package io.gondola.scheduler.collect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map whose keys are pairs of longs. Half a hash of each lies in an array of its own: to see that a key is not in touches
 * one place there and nothing else, where a map of objects goes from its table to a node and from there to a key.
 *
 * <p>Open addressing with linear probes, half full at most. Who is taken out leaves no mark: those behind move up. Keys
 * are taken to be spread already, as drawn ones are.
 */
public final class PairMap<T> {

    private static final int CAPACITY_MIN = 16;
    private static final int SPARSE = 16;
    private static final int FREE = 0;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    /** 0 is a free place. */
    private int[] tags = new int[CAPACITY_MIN];

    private long[] keys = new long[2 * CAPACITY_MIN];
    private Object[] values = new Object[CAPACITY_MIN];
    private int size;

    public int size() {
        return size;
    }

    public @Nullable T tryGet(long high, long low) {
        int place = find(tag(high, low), high, low);
        return tags[place] == FREE ? null : at(place);
    }

    /** Puts it in the place of what this key had, which it gives back. */
    public @Nullable T put(long high, long low, T value) {
        int tag = tag(high, low);
        int place = find(tag, high, low);
        T before = at(place);
        tags[place] = tag;
        keys[2 * place] = high;
        keys[2 * place + 1] = low;
        values[place] = value;
        size += before == null ? 1 : 0;
        if (2L * size > values.length) {
            resize(2 * values.length);
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
            if (values.length > CAPACITY_MIN && SPARSE * size < values.length) {
                resize(values.length / 2);
            }
        }
        return before;
    }

    /** Everything that is in; the order means nothing, but is the same after the same calls. */
    public List<T> values() {
        List<T> all = new ArrayList<>(size);
        for (int place = 0; place < values.length; place++) {
            T value = at(place);
            if (value != null) {
                all.add(value);
            }
        }
        return all;
    }

    /** The place that this key has, or else the one that it would get. */
    private int find(int tag, long high, long low) {
        int place = home(tag);
        while (tags[place] != FREE && (tags[place] != tag || keys[2 * place] != high || keys[2 * place + 1] != low)) {
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
                keys[2 * hole] = keys[2 * place];
                keys[2 * hole + 1] = keys[2 * place + 1];
                values[hole] = values[place];
                hole = place;
            }
        }
        clear(hole);
    }

    @SuppressWarnings("NullAway") // A place without a value is free.
    private void clear(int place) {
        tags[place] = FREE;
        values[place] = null;
    }

    private void resize(int capacity) {
        int[] oldTags = tags;
        long[] oldKeys = keys;
        Object[] oldValues = values;
        tags = new int[capacity];
        keys = new long[2 * capacity];
        values = new Object[capacity];
        for (int old = 0; old < oldTags.length; old++) {
            if (oldTags[old] != FREE) {
                int place = find(oldTags[old], oldKeys[2 * old], oldKeys[2 * old + 1]);
                tags[place] = oldTags[old];
                keys[2 * place] = oldKeys[2 * old];
                keys[2 * place + 1] = oldKeys[2 * old + 1];
                values[place] = oldValues[old];
            }
        }
    }

    @SuppressWarnings("unchecked") // Only put() fills places.
    private @Nullable T at(int place) {
        return (T) values[place];
    }
}
