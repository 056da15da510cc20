package io.gondola.scheduler.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HeapTest {

    private static final class Numbered extends Heap.Item {
        final int number;
        long first;
        long second;

        Numbered(int number) {
            this.number = number;
        }

        private static final Comparator<Numbered> IN_ORDER = Comparator.<Numbered>comparingLong(each -> each.first)
                .thenComparingLong(each -> each.second)
                .thenComparingInt(each -> each.number);
    }

    @Test
    void itIsATreeSetByAnotherName() {
        for (long seed = 1; seed <= 200; seed++) {
            run(new SplittableRandom(seed), "seed " + seed);
        }
    }

    private static void run(SplittableRandom random, String seed) {
        Heap<Numbered> heap = Heap.byFirstPlace();
        Heap<Numbered> backwards = Heap.bySecondPlace();
        TreeSet<Numbered> expected = new TreeSet<>(Numbered.IN_ORDER);
        List<Numbered> all = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(300); i++) {
            all.add(new Numbered(i));
        }
        int keys = 1 + random.nextInt(50);
        boolean grows = true;
        for (int step = 0; step < 600; step++) {
            grows = step % 100 == 0 ? random.nextBoolean() : grows;
            Numbered one = all.get(random.nextInt(all.size()));
            expected.remove(one);
            if (random.nextInt(4) > 0 == grows) {
                one.first = random.nextInt(keys) - keys / 2;
                one.second = one.number;
                expected.add(one);
                heap.put(one, one.first, one.second);
                backwards.put(one, -one.first, -one.second);
            } else {
                heap.remove(one);
                backwards.remove(one);
            }
            assertThat(heap.size()).as(seed).isEqualTo(expected.size());
            assertThat(heap.isEmpty()).as(seed).isEqualTo(expected.isEmpty());
            assertThat(one.isPlaced()).as(seed).isEqualTo(expected.contains(one));
            assertThat(heap.tryFirst()).as(seed).isSameAs(expected.isEmpty() ? null : expected.first());
            assertThat(backwards.tryFirst()).as(seed).isSameAs(expected.isEmpty() ? null : expected.last());
        }
        while (!expected.isEmpty()) {
            Numbered first = expected.pollFirst();
            assertThat(heap.tryFirst()).as(seed).isSameAs(first);
            heap.remove(first);
        }
        assertThat(heap.tryFirst()).as(seed).isNull();
    }

    @Test
    void theFirstThatIsWantedIsFoundAmongThoseThatComeEarly() {
        Heap<Numbered> heap = Heap.byFirstPlace();
        for (int i = 0; i < 100; i++) {
            heap.put(new Numbered(i), (i * 37) % 100, 0);
        }
        assertThat(heap.tryFirst(one -> true)).isSameAs(heap.tryFirst());
        Numbered second = heap.tryFirst(one -> one != heap.tryFirst());
        assertThat(second).isNotNull().isNotSameAs(heap.tryFirst());
        assertThat((second.number * 37) % 100).as("a child of the first").isEqualTo(1);
        assertThat(heap.tryFirst(one -> false)).isNull();
    }
}
