package io.gondola.scheduler.collect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map whose keys are pairs of longs, which lie beside one another in one array: to see that a key is not in touches one
 * place, where a map of objects goes from its table to a node and from there to a key.
 *
 * <p>Open addressing with linear probes, two thirds full at most. Who is taken out leaves no mark: those behind move up. Keys
 * are taken to be spread already, as drawn ones are.
 */
public final class PairMap<T> {

    private static final int CAPACITY_MIN = 16;
    private static final int SPARSE = 16;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private long[] keys = new long[2 * CAPACITY_MIN];
    private Object[] values = new Object[CAPACITY_MIN];
    private int size;

    public int size() {
        return size;
    }

    public @Nullable T tryGet(long high, long low) {
        return at(find(high, low));
    }

    /** Puts it in the place of what this key had, which it gives back. */
    public @Nullable T put(long high, long low, T value) {
        int place = find(high, low);
        T before = at(place);
        keys[2 * place] = high;
        keys[2 * place + 1] = low;
        values[place] = value;
        size += before == null ? 1 : 0;
        if (3L * size > 2L * values.length) {
            resize(2 * values.length);
        }
        return before;
    }

    /** Takes out what this key has, which it gives back. */
    public @Nullable T remove(long high, long low) {
        int place = find(high, low);
        T before = at(place);
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
    private int find(long high, long low) {
        int place = home(high, low);
        while ((keys[2 * place] != high || keys[2 * place + 1] != low) && isTaken(place)) {
            place = behind(place);
        }
        return place;
    }

    /** By the keys where that will do: they have just been looked at. */
    private boolean isTaken(int place) {
        return (keys[2 * place] | keys[2 * place + 1]) != 0 || values[place] != null;
    }

    private int home(long high, long low) {
        long mixed = (high ^ Long.rotateLeft(low, 32)) * MULTIPLIER;
        return (int) (mixed >>> 32) & values.length - 1;
    }

    private int behind(int place) {
        return place + 1 & values.length - 1;
    }

    /** Moves up those behind a hole that would not be found past it. */
    private void close(int from) {
        int mask = values.length - 1;
        int hole = from;
        for (int place = behind(hole); isTaken(place); place = behind(place)) {
            int probes = place - home(keys[2 * place], keys[2 * place + 1]) & mask;
            if (probes >= (place - hole & mask)) {
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
        keys[2 * place] = 0;
        keys[2 * place + 1] = 0;
        values[place] = null;
    }

    private void resize(int capacity) {
        long[] oldKeys = keys;
        Object[] oldValues = values;
        keys = new long[2 * capacity];
        values = new Object[capacity];
        for (int old = 0; old < oldValues.length; old++) {
            if (oldValues[old] != null) {
                int place = find(oldKeys[2 * old], oldKeys[2 * old + 1]);
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
