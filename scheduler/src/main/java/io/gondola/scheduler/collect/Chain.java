package io.gondola.scheduler.collect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Items in the order in which they came, each of which knows its neighbours: whoever leaves from the middle costs as little
 * as the first. An item is in one chain at most.
 */
public final class Chain<T extends Heap.Item> {

    private Heap.@Nullable Item first;
    private Heap.@Nullable Item last;

    public void add(T item) {
        item.before = last;
        if (last == null) {
            first = item;
        } else {
            last.behind = item;
        }
        last = item;
    }

    /** Takes out one that is in. */
    public void remove(T item) {
        Heap.Item before = item.before;
        Heap.Item behind = item.behind;
        if (before == null) {
            first = behind;
        } else {
            before.behind = behind;
        }
        if (behind == null) {
            last = before;
        } else {
            behind.before = before;
        }
        item.before = null;
        item.behind = null;
    }

    /** Who came first of those that are in. */
    public @Nullable T tryFirst() {
        return cast(first);
    }

    /** Who came next behind one that is in. */
    public @Nullable T tryBehind(T item) {
        return cast(item.behind);
    }

    /** All that are in, now. */
    public List<T> toList() {
        List<T> all = new ArrayList<>();
        for (T each = tryFirst(); each != null; each = tryBehind(each)) {
            all.add(each);
        }
        return all;
    }

    @SuppressWarnings("unchecked") // Only add() makes neighbours.
    private @Nullable T cast(Heap.@Nullable Item item) {
        return (T) item;
    }
}
