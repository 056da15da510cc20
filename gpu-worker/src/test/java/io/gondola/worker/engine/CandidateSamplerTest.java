package io.gondola.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.SamplingParams;
import java.util.Comparator;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the likeliest tokens are enough, the token is the one drawn from all logits. */
class CandidateSamplerTest {

    private static final int VOCABULARY = 3_000;
    private static final int CANDIDATES = 256;

    private final Sampler sampler = new Sampler(VOCABULARY);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theTokenIsThatOfAllLogits(long seed) {
        Random random = new Random(seed);
        int drawn = 0;
        int left = 0;
        for (int round = 0; round < 1_500; round++) {
            float[] logits = logits(random);
            SamplingParams sampling = sampling(random);
            StepRow row = new StepRow(0, new int[9], 9, 0, 9, true, sampling, -1, false);
            int[] tokens = IntStream.range(0, VOCABULARY)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer token) -> -logits[token]))
                    .limit(CANDIDATES)
                    .mapToInt(Integer::intValue)
                    .toArray();
            float[] theirs = new float[CANDIDATES];
            IntStream.range(0, CANDIDATES).forEach(i -> theirs[i] = logits[tokens[i]]);
            double error = 1 + (random.nextDouble() - 0.5) * CandidateSampler.MASS_ERROR;
            double mass = mass(logits, theirs[0], sampling.temperature()) * error;
            OptionalInt token = CandidateSampler.tryDraw(tokens, theirs, mass, VOCABULARY, row);
            if (token.isPresent()) {
                drawn++;
                assertThat(token.getAsInt())
                        .as("seed %s, round %s, %s", seed, round, sampling)
                        .isEqualTo(sampler.draw(logits, row));
            } else {
                left++;
            }
        }
        assertThat(drawn).as("drawn from the candidates").isGreaterThan(300);
        assertThat(left).as("left to all logits").isGreaterThan(30);
    }

    /** From flat to steep, and with many equal ones. */
    private static float[] logits(Random random) {
        float spread = 0.5f + 6 * random.nextFloat();
        boolean coarse = random.nextInt(3) == 0;
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            float logit = (float) random.nextGaussian() * spread;
            logits[i] = coarse ? Math.round(logit) : logit;
        }
        return logits;
    }

    private static SamplingParams sampling(Random random) {
        boolean nucleus = random.nextInt(3) > 0;
        return new SamplingParams(
                0.3f + random.nextFloat(),
                nucleus ? 0.3f + 0.69f * random.nextFloat() : 1,
                0,
                nucleus && random.nextBoolean() ? 0 : 0.001f + 0.2f * random.nextFloat(),
                random.nextLong(),
                0,
                0,
                1,
                new int[0],
                new float[0]);
    }

    private static double mass(float[] logits, double greatest, double temperature) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((logit - greatest) / temperature);
        }
        return sum;
    }
}
