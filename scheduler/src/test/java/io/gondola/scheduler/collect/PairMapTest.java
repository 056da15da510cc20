package io.gondola.scheduler.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PairMapTest {

    private static final int SEEDS = 200;

    @Test
    void itIsAHashMapByAnotherName() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            run(new SplittableRandom(seed), "seed " + seed);
        }
    }

    private static final class Keyed extends Heap.Item {

        Keyed(long high, long low) {
            super(high, low);
        }
    }

    private static void run(SplittableRandom random, String seed) {
        PairMap<Keyed> map = new PairMap<>();
        Map<List<Long>, Keyed> expected = new HashMap<>();
        // Few keys, so that each comes and goes often; few bits, so that many meet in one place; zeros among them.
        int bits = 1 + random.nextInt(6);
        int shift = random.nextInt(58);
        boolean grows = true;
        for (int step = 0; step < 600; step++) {
            grows = step % 100 == 0 ? random.nextBoolean() : grows;
            long high = (long) random.nextInt(1 << bits) << shift;
            long low = random.nextInt(1 << bits);
            if (random.nextInt(4) > 0 == grows) {
                Keyed item = new Keyed(high, low);
                assertThat(map.put(item)).as(seed).isSameAs(expected.put(List.of(high, low), item));
            } else {
                assertThat(map.remove(high, low)).as(seed).isSameAs(expected.remove(List.of(high, low)));
            }
            assertThat(map.size()).as(seed).isEqualTo(expected.size());
        }
        expected.forEach((key, item) ->
                assertThat(map.tryGet(key.get(0), key.get(1))).as(seed).isSameAs(item));
        assertThat(map.values()).as(seed).containsExactlyInAnyOrderElementsOf(expected.values());
        for (long high = 0; high < 1 << bits; high++) {
            for (long low = 0; low < 1 << bits; low++) {
                assertThat(map.tryGet(high << shift, low)).as(seed).isSameAs(expected.get(List.of(high << shift, low)));
            }
        }
    }

    @Test
    void itGrowsAndShrinks() {
        PairMap<Keyed> map = new PairMap<>();
        SplittableRandom random = new SplittableRandom(1);
        long[] keys = random.longs(100_000).toArray();
        for (long key : keys) {
            map.put(new Keyed(key, ~key));
        }
        assertThat(map.size()).isEqualTo(keys.length);
        for (int i = 0; i < keys.length - 10; i++) {
            Keyed gone = map.remove(keys[i], ~keys[i]);
            assertThat(gone).isNotNull();
            assertThat(gone.high).isEqualTo(keys[i]);
        }
        assertThat(map.values()).hasSize(10);
        for (int i = keys.length - 10; i < keys.length; i++) {
            assertThat(map.tryGet(keys[i], ~keys[i])).isNotNull();
        }
    }
}
