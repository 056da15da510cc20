package io.gondola.scheduler.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProcessionTest {

    private static final class Marcher extends Heap.Item {}

    private static List<Marcher> all(Procession<Marcher> procession) {
        List<Marcher> all = new ArrayList<>();
        for (Marcher each = procession.tryFirst(); each != null; each = procession.tryBehind(each)) {
            all.add(each);
        }
        return all;
    }

    @Test
    void keepsTheOrderWhoeverLeaves() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            Procession<Marcher> procession = new Procession<>();
            List<Marcher> expected = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                if (expected.isEmpty() || random.nextInt(5) < 3) {
                    Marcher one = new Marcher();
                    procession.add(one);
                    expected.add(one);
                } else {
                    procession.remove(expected.remove(random.nextInt(expected.size())));
                }
                assertThat(all(procession)).as("seed %s, step %s", seed, i).isEqualTo(expected);
            }
        }
    }

    @Test
    void whoLeftMayComeAgainAtTheEnd() {
        Procession<Marcher> procession = new Procession<>();
        Marcher first = new Marcher();
        Marcher second = new Marcher();
        procession.add(first);
        procession.add(second);
        procession.remove(first);
        procession.add(first);
        assertThat(all(procession)).containsExactly(second, first);
    }
}
