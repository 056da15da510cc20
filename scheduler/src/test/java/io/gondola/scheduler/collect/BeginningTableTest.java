package io.gondola.scheduler.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BeginningTableTest {

    private static int[] upTo(int length) {
        return IntStream.range(0, length).toArray();
    }

    private static String find(BeginningTable<String> table, int[] sequence) {
        return table.tryFind(sequence, holder -> true, String::length);
    }

    private static void meet(BeginningTable<String> table, int[] sequence, String holder) {
        find(table, sequence);
        table.remember(holder);
    }

    @Test
    void itFindsWhoMetTheLongestBeginning() {
        BeginningTable<String> table = new BeginningTable<>(1_024);
        assertThat(find(table, upTo(100))).isNull();
        meet(table, upTo(20), "short");
        meet(table, upTo(70), "a longer one");
        assertThat(find(table, upTo(1_000))).isEqualTo("a longer one");
        assertThat(find(table, upTo(31)))
                .as("both met 16, and \"short\" costs less")
                .isEqualTo("short");
        assertThat(find(table, upTo(15))).as("too short to be known").isNull();
        assertThat(find(table, IntStream.range(1, 100).toArray())).isNull();
    }

    @Test
    void beginningsOfManyLengthsAreToldApart() {
        BeginningTable<String> table = new BeginningTable<>(1_024);
        int[] one = upTo(800);
        int[] other = upTo(800);
        for (int i = 610; i < other.length; i++) {
            other[i] = -i;
        }
        meet(table, one, "one");
        meet(table, other, "another");
        assertThat(find(table, upTo(900))).isEqualTo("one");
        assertThat(find(table, other)).isEqualTo("another");
    }

    @Test
    void whoIsNotWantedIsPassedBy() {
        BeginningTable<String> table = new BeginningTable<>(1_024);
        meet(table, upTo(70), "long ago");
        meet(table, upTo(20), "now");
        assertThat(table.tryFind(upTo(100), holder -> !holder.equals("long ago"), String::length))
                .isEqualTo("now");
        assertThat(table.tryFind(upTo(100), holder -> false, String::length)).isNull();
    }

    @Test
    void whatWasNotMetForLongestGoesAndTheTableKeepsItsSize() {
        BeginningTable<String> table = new BeginningTable<>(64);
        SplittableRandom random = new SplittableRandom(1);
        meet(table, upTo(16), "kept");
        for (int i = 0; i < 10_000; i++) {
            meet(table, random.ints(16).toArray(), "other");
            if (i % 8 == 0) {
                meet(table, upTo(16), "kept");
            }
        }
        int found = 0;
        for (int i = 0; i < 10_000; i++) {
            found += find(table, random.ints(16).toArray()) == null ? 0 : 1;
        }
        assertThat(found).as("sequences never met").isZero();
        assertThat(find(table, upTo(16))).as("met again and again").isEqualTo("kept");
    }

    @Test
    void withoutPlacesItRemembersNothing() {
        BeginningTable<String> table = new BeginningTable<>(0);
        meet(table, upTo(100), "any");
        assertThat(find(table, upTo(100))).isNull();
    }

    @Test
    void aVeryLongSequenceIsReadOnlySoFar() {
        BeginningTable<String> table = new BeginningTable<>(1_024);
        meet(table, upTo(200_000), "long");
        assertThat(find(table, upTo(16_384))).isEqualTo("long");
        assertThat(find(table, upTo(300_000))).isEqualTo("long");
    }
}
