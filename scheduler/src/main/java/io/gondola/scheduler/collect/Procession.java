package io.gondola.scheduler.collect;

import org.jspecify.annotations.Nullable;

/**
 * Items in the order in which they came: whoever leaves from the middle costs as little as the first. An item is in one
 * procession at most.
 *
 * <p>They stand in rows of an array, and who leaves leaves a gap: no neighbour is touched, as those in a linked list are.
 * When the rows are used up everybody moves up, into twice as many rows as there are items or more, so that an item is
 * moved once for another that came, if that often.
 */
public final class Procession<T extends Heap.Item> {

    private static final int ROWS_MIN = 16;

    private Heap.@Nullable Item[] rows = new Heap.Item[ROWS_MIN];
    /** All before are gaps. */
    private int head;
    /** Behind the last. */
    private int end;

    private int size;

    public void add(T item) {
        if (end == rows.length) {
            closeUp();
        }
        append(item);
        size++;
    }

    /** Takes out one that is in. */
    public void remove(T item) {
        rows[item.row] = null;
        item.row = Heap.NOWHERE;
        size--;
        while (head < end && rows[head] == null) {
            head++;
        }
    }

    /** Who came first of those that are in. */
    public @Nullable T tryFirst() {
        return tryFrom(head);
    }

    /** Who came next behind one that is in. */
    public @Nullable T tryBehind(T item) {
        return tryFrom(item.row + 1);
    }

    @SuppressWarnings("unchecked") // Only add() fills rows.
    private @Nullable T tryFrom(int first) {
        int row = first;
        while (row < end && rows[row] == null) {
            row++;
        }
        return row < end ? (T) rows[row] : null;
    }

    private void append(Heap.Item item) {
        item.row = end;
        rows[end++] = item;
    }

    private void closeUp() {
        Heap.@Nullable Item[] before = rows;
        int first = head;
        rows = new Heap.Item[Math.max(ROWS_MIN, 4 * Integer.highestOneBit(size))];
        head = 0;
        end = 0;
        for (int row = first; row < before.length; row++) {
            Heap.Item item = before[row];
            if (item != null) {
                append(item);
            }
        }
    }
}
