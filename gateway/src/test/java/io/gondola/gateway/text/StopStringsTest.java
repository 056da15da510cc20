package io.gondola.gateway.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void nothingToStopAtLetsEverythingPass() {
        StopStrings stops = StopStrings.of(List.of());
        assertThat(stops.append("abc")).isEqualTo("abc");
        assertThat(stops.finish()).isEmpty();
        assertThat(stops.isStopped()).isFalse();
    }

    @Test
    void aStopStringAcrossPiecesIsNeverLeaked() {
        StopStrings stops = StopStrings.of(List.of("STOP"));
        assertThat(stops.append("one S")).isEqualTo("one ");
        assertThat(stops.append("TO")).isEmpty();
        assertThat(stops.isStopped()).isFalse();
        assertThat(stops.append("P two")).isEmpty();
        assertThat(stops.isStopped()).isTrue();
        assertThat(stops.append("three")).isEmpty();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void whatOnlyLookedLikeOneComesLater() {
        StopStrings stops = StopStrings.of(List.of("STOP"));
        assertThat(stops.append("ST")).isEmpty();
        assertThat(stops.append("STO")).isEqualTo("ST");
        assertThat(stops.finish()).isEqualTo("STO");
    }

    @Test
    void theLongestOfThoseThatEndTogetherWins() {
        assertThat(StopStrings.of(List.of("cd", "bcd")).append("abcd")).isEqualTo("a");
        assertThat(StopStrings.of(List.of("b", "xab")).append("..xab")).isEqualTo("..");
        // Complete first wins over begun first.
        assertThat(StopStrings.of(List.of("abcd", "bc")).append("abcd")).isEqualTo("a");
    }

    @Test
    void anEmptyStopStringIsRefused() {
        assertThatThrownBy(() -> StopStrings.of(List.of("a", ""))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void equalsBruteForceOnRandomTextsCutAnywhere() {
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            List<String> stops = new ArrayList<>();
            for (int i = random.nextInt(5); i >= 0; i--) {
                stops.add(randomText(random, 1 + random.nextInt(5)));
            }
            String text = randomText(random, random.nextInt(30));
            int cut = bruteForce(text, stops);
            StopStrings watched = StopStrings.of(stops);
            StringBuilder shown = new StringBuilder();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + random.nextInt(5));
                shown.append(watched.append(text.substring(from, to)));
                assertThat(text).as("seed %s", seed).startsWith(shown);
                from = to;
            }
            boolean stopped = watched.isStopped();
            assertThat(stopped).as("seed %s: %s in %s", seed, stops, text).isEqualTo(cut >= 0);
            shown.append(watched.finish());
            assertThat(shown.toString())
                    .as("seed %s: %s in %s", seed, stops, text)
                    .isEqualTo(cut >= 0 ? text.substring(0, cut) : text);
        }
    }

    @Test
    void holdsBackNoMoreThanItMust() {
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            List<String> stops = List.of(randomText(random, 1 + random.nextInt(5)), randomText(random, 3));
            String text = randomText(random, 20);
            StopStrings watched = StopStrings.of(stops);
            int shown = 0;
            for (int i = 0; i < text.length() && !watched.isStopped(); i++) {
                shown += watched.append(text.substring(i, i + 1)).length();
                String soFar = text.substring(0, i + 1);
                int must = 0;
                for (String stop : stops) {
                    for (int length = 1; length < stop.length(); length++) {
                        if (soFar.endsWith(stop.substring(0, length))) {
                            must = Math.max(must, length);
                        }
                    }
                }
                if (!watched.isStopped()) {
                    assertThat(soFar.length() - shown).as("seed %s", seed).isEqualTo(must);
                }
            }
        }
    }

    /** Where the text is cut, or -1: character by character, the longest stop string that ends there. */
    private static int bruteForce(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String soFar = text.substring(0, end);
            int longest = stops.stream()
                    .filter(soFar::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (longest > 0) {
                return end - longest;
            }
        }
        return -1;
    }

    private static String randomText(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("abc".charAt(random.nextInt(3)));
        }
        return text.toString();
    }
}
