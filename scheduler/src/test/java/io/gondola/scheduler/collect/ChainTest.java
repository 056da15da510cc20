package io.gondola.scheduler.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChainTest {

    private static final class Link extends Heap.Item {}

    private static List<Link> all(Chain<Link> chain) {
        List<Link> all = new ArrayList<>();
        for (Link each = chain.tryFirst(); each != null; each = chain.tryBehind(each)) {
            all.add(each);
        }
        return all;
    }

    @Test
    void keepsTheOrderWhoeverLeaves() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            Chain<Link> chain = new Chain<>();
            List<Link> expected = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                if (expected.isEmpty() || random.nextInt(5) < 3) {
                    Link link = new Link();
                    chain.add(link);
                    expected.add(link);
                } else {
                    chain.remove(expected.remove(random.nextInt(expected.size())));
                }
                assertThat(all(chain)).as("seed %s, step %s", seed, i).isEqualTo(expected);
            }
        }
    }

    @Test
    void whoLeftMayComeAgainAtTheEnd() {
        Chain<Link> chain = new Chain<>();
        Link first = new Link();
        Link second = new Link();
        chain.add(first);
        chain.add(second);
        chain.remove(first);
        chain.add(first);
        assertThat(all(chain)).containsExactly(second, first);
    }
}
