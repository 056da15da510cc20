package io.gondola.gateway.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.text.TestModels;
import io.gondola.protocol.TokenLogprobs;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChoiceTextTest {

    private static final ServedModel MODEL = TestModels.guide();

    private static ChoiceText choice(String... stops) {
        return new ChoiceText(MODEL.tokenizer().newDetokenizer(), List.of(stops));
    }

    private static int[] ids(String text) {
        return MODEL.tokenizer().encode(text, false);
    }

    private static List<TokenLogprobs> logprobs(int[] ids) {
        return IntStream.of(ids)
                .mapToObj(id -> new TokenLogprobs(id, -1, new int[0], new float[0]))
                .toList();
    }

    @Test
    void whatIsNotTakenIsOnePiece() {
        ChoiceText choice = choice();
        choice.append(ids("one"), List.of());
        choice.append(ids(" two"), List.of());
        choice.append(ids(" three"), List.of());
        assertThat(choice.takeText()).isEqualTo("one two three");
        assertThat(choice.hasText()).isFalse();
        assertThat(choice.takeText()).isEmpty();
        choice.append(ids(" four"), List.of());
        assertThat(choice.takeText()).isEqualTo(" four");
    }

    @Test
    void anyCutOfTheTokensGivesTheSameTextAndLogprobs() {
        long seed = 4711;
        Random random = new Random(seed);
        int[] ids = ids("Ünïcode 😀 and 漢字, then the stop word and more");
        for (int round = 0; round < 200; round++) {
            ChoiceText choice = choice("stop word", "漢字?");
            StringBuilder text = new StringBuilder();
            int scored = 0;
            int from = 0;
            boolean stopped = false;
            while (from < ids.length && !stopped) {
                int to = Math.min(ids.length, from + 1 + random.nextInt(4));
                int[] part = Arrays.copyOfRange(ids, from, to);
                stopped = choice.append(part, logprobs(part));
                if (random.nextBoolean()) {
                    text.append(choice.takeText());
                    scored += choice.takeLogprobs().size();
                }
                from = to;
            }
            choice.finish();
            text.append(choice.takeText());
            scored += choice.takeLogprobs().size();
            assertThat(text.toString())
                    .as("seed " + seed + " round " + round)
                    .isEqualTo("Ünïcode 😀 and 漢字, then the ");
            assertThat(choice.isStopped()).isTrue();
            // Tokens behind the shown text are neither scored nor, behind the stop string, counted.
            String shown = MODEL.tokenizer().decode(Arrays.copyOf(ids, scored));
            assertThat(shown).as("seed " + seed + " round " + round).startsWith("Ünïcode 😀 and 漢字, then the ".trim());
            assertThat(choice.tokenCount()).isBetween(scored, ids.length - 1);
        }
    }

    @Test
    void withoutAStopAllIsShownAndScored() {
        ChoiceText choice = choice("never said");
        int[] ids = ids("we never s");
        assertThat(choice.append(ids, logprobs(ids))).isFalse();
        choice.finish();
        assertThat(choice.takeText()).isEqualTo("we never s");
        assertThat(choice.takeLogprobs()).hasSize(ids.length);
        assertThat(choice.tokenCount()).isEqualTo(ids.length);
    }

    @Test
    void aPromptThatHoldsTheStopStringStopsNothing() {
        ChoiceText choice = choice("stop");
        choice.prepend("please stop ", List.of());
        choice.append(ids("on"), List.of());
        choice.finish();
        assertThat(choice.takeText()).isEqualTo("please stop on");
        assertThat(choice.isStopped()).isFalse();
    }
}
