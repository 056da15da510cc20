package io.gondola.scheduler.collect;

import static io.gondola.scheduler.collect.BeginningTable.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BeginningTableTest {

    private static int[] upTo(int length) {
        return IntStream.range(0, length).toArray();
    }

    private static int find(BeginningTable table, int[] sequence) {
        return table.tryFind(sequence, holder -> holder);
    }

    private static void meet(BeginningTable table, int[] sequence, int holder) {
        find(table, sequence);
        table.remember(holder);
    }

    @Test
    void itFindsWhoMetTheLongestBeginning() {
        BeginningTable table = new BeginningTable(1_024);
        assertThat(find(table, upTo(100))).isEqualTo(NOBODY);
        meet(table, upTo(20), 1);
        meet(table, upTo(70), 2);
        assertThat(find(table, upTo(1_000))).isEqualTo(2);
        assertThat(find(table, upTo(31))).as("both met 16, and 1 costs less").isEqualTo(1);
        assertThat(find(table, upTo(15))).as("too short to be known").isEqualTo(NOBODY);
        assertThat(find(table, IntStream.range(1, 100).toArray())).isEqualTo(NOBODY);
    }

    @Test
    void beginningsOfManyLengthsAreToldApart() {
        BeginningTable table = new BeginningTable(1_024);
        int[] one = upTo(800);
        int[] other = upTo(800);
        for (int i = 610; i < other.length; i++) {
            other[i] = -i;
        }
        meet(table, one, -1);
        meet(table, other, 1);
        assertThat(find(table, upTo(900))).isEqualTo(-1);
        assertThat(find(table, other)).isEqualTo(1);
    }

    @Test
    void whoIsNotWantedIsPassedBy() {
        BeginningTable table = new BeginningTable(1_024);
        meet(table, upTo(70), 2);
        meet(table, upTo(20), 1);
        assertThat(table.tryFind(upTo(100), holder -> holder == 2 ? BeginningTable.UNWANTED : holder))
                .isEqualTo(1);
        assertThat(table.tryFind(upTo(100), holder -> BeginningTable.UNWANTED)).isEqualTo(NOBODY);
    }

    @Test
    void whatWasNotMetForLongestGoesAndTheTableKeepsItsSize() {
        BeginningTable table = new BeginningTable(64);
        SplittableRandom random = new SplittableRandom(1);
        meet(table, upTo(16), 7);
        for (int i = 0; i < 10_000; i++) {
            meet(table, random.ints(16).toArray(), 8);
            if (i % 8 == 0) {
                meet(table, upTo(16), 7);
            }
        }
        int found = 0;
        for (int i = 0; i < 10_000; i++) {
            found += find(table, random.ints(16).toArray()) == NOBODY ? 0 : 1;
        }
        assertThat(found).as("sequences never met").isZero();
        assertThat(find(table, upTo(16))).as("met again and again").isEqualTo(7);
    }

    @Test
    void withoutPlacesItRemembersNothing() {
        BeginningTable table = new BeginningTable(0);
        meet(table, upTo(100), 1);
        assertThat(find(table, upTo(100))).isEqualTo(NOBODY);
    }

    @Test
    void aVeryLongSequenceIsReadOnlySoFar() {
        BeginningTable table = new BeginningTable(1_024);
        meet(table, upTo(200_000), Integer.MAX_VALUE);
        assertThat(find(table, upTo(16_384))).isEqualTo(Integer.MAX_VALUE);
        assertThat(find(table, upTo(300_000))).isEqualTo(Integer.MAX_VALUE);
    }
}
