package io.gondola.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.TokenLogprobs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The sampler against a slow reference that follows the definitions word by word. */
class SamplerTest {

    private static final SamplingParams PLAIN = params(1, 1, 0, 0, 0);

    private static SamplingParams params(double temperature, double topP, int topK, double minP, long seed) {
        return new SamplingParams(
                (float) temperature, (float) topP, topK, (float) minP, seed, 0, 0, 1, new int[0], new float[0]);
    }

    private static StepRow row(int[] history, int promptLength, SamplingParams sampling) {
        return new StepRow(0, history, promptLength, 0, history.length, true, sampling, -1, false);
    }

    private static int draw(float[] logits, SamplingParams sampling) {
        return new Sampler(logits.length).draw(logits, row(new int[] {0}, 1, sampling));
    }

    @Test
    void drawsWhatTheReferenceDraws() {
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            int size = 1 + random.nextInt(40);
            float[] logits = logits(random, size);
            SamplingParams sampling = sampling(random, size);
            int[] history = random.ints(1 + random.nextInt(20), 0, size).toArray();
            StepRow row = row(history, random.nextInt(history.length + 1), sampling);
            float[] before = logits.clone();
            assertThat(new Sampler(size).draw(logits, row))
                    .as("seed %s, %s, logits %s", seed, sampling, Arrays.toString(logits))
                    .isEqualTo(reference(logits, row));
            assertThat(logits).isEqualTo(before);
        }
    }

    @Test
    void scratchMemoryLeavesNoTrace() {
        Sampler used = new Sampler(30);
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            float[] logits = logits(random, 30);
            int[] history = random.ints(9, 0, 30).toArray();
            StepRow row = row(history, 4, sampling(random, 30));
            assertThat(used.draw(logits, row)).as("seed %s", seed).isEqualTo(new Sampler(30).draw(logits, row));
        }
    }

    private static float[] logits(Random random, int size) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            // Few different numbers, so that ties are common.
            logits[i] = random.nextInt(5) == 0 ? Float.NEGATIVE_INFINITY : (random.nextInt(41) - 20) / 4f;
        }
        logits[random.nextInt(size)] = 1.5f;
        return logits;
    }

    private static SamplingParams sampling(Random random, int size) {
        int biased = random.nextInt(3);
        int[] tokens = random.ints(biased, 0, size).toArray();
        float[] values = new float[biased];
        for (int i = 0; i < biased; i++) {
            values[i] = random.nextInt(9) == 0 ? (random.nextBoolean() ? 100 : -100) : random.nextInt(7) - 3;
        }
        float[] temperatures = {0, 1e-6f, 0.3f, 1, 2};
        return new SamplingParams(
                temperatures[random.nextInt(temperatures.length)],
                random.nextBoolean() ? 1 : 1 - random.nextFloat() * 0.999f,
                random.nextBoolean() ? 0 : random.nextInt(size + 2),
                random.nextBoolean() ? 0 : random.nextFloat(),
                random.nextLong(),
                random.nextBoolean() ? 0 : random.nextInt(5) - 2,
                random.nextBoolean() ? 0 : random.nextInt(5) - 2,
                random.nextBoolean() ? 1 : 0.5f + random.nextFloat(),
                tokens,
                values);
    }

    private static int reference(float[] raw, StepRow row) {
        SamplingParams params = row.sampling();
        float[] logits = raw.clone();
        for (int i = 0; i < params.biasTokens().length; i++) {
            logits[params.biasTokens()[i]] += params.biasValues()[i];
        }
        for (int token = 0; token < logits.length; token++) {
            int seen = count(row.history(), 0, token);
            int generated = count(row.history(), row.promptLength(), token);
            if (seen > 0) {
                logits[token] = logits[token] > 0
                        ? logits[token] / params.repetitionPenalty()
                        : logits[token] * params.repetitionPenalty();
            }
            if (generated > 0) {
                logits[token] -= params.presencePenalty();
            }
            for (int i = 0; i < generated; i++) {
                logits[token] -= params.frequencyPenalty();
            }
        }
        List<Integer> order = new ArrayList<>();
        for (int token = 0; token < logits.length; token++) {
            order.add(token);
        }
        order.sort(Comparator.comparingDouble((Integer token) -> -logits[token]).thenComparingInt(token -> token));
        if (params.isGreedy()) {
            return order.get(0);
        }
        return drawOrdered(logits, order, row);
    }

    private static int drawOrdered(float[] logits, List<Integer> order, StepRow row) {
        SamplingParams params = row.sampling();
        double greatest = logits[order.get(0)];
        double[] weights = new double[logits.length];
        for (int token : order) {
            double weight = Math.exp((logits[token] - greatest) / params.temperature());
            weights[token] = weight >= params.minP() ? weight : 0;
        }
        for (int i = params.topK(); params.topK() > 0 && i < order.size(); i++) {
            weights[order.get(i)] = 0;
        }
        if (params.topP() < 1) {
            double total = Arrays.stream(weights).sum();
            double before = 0;
            for (int token : order) {
                double weight = weights[token];
                if (before >= params.topP() * total) {
                    weights[token] = 0;
                }
                before += weight;
            }
        }
        double target = Sampler.uniform(params.seed(), row.position() + row.count())
                * Arrays.stream(weights).sum();
        double sum = 0;
        int last = -1;
        for (int token = 0; token < weights.length; token++) {
            sum += weights[token];
            last = weights[token] > 0 ? token : last;
            if (weights[token] > 0 && sum > target) {
                return token;
            }
        }
        return last;
    }

    private static int count(int[] history, int from, int token) {
        return (int) Arrays.stream(history)
                .skip(from)
                .filter(other -> other == token)
                .count();
    }

    @Test
    void greedyTakesTheLowestOfEquals() {
        SamplingParams greedy = SamplingParams.greedy();
        assertThat(draw(new float[] {1, 3, 3, 2}, greedy)).isEqualTo(1);
        assertThat(draw(new float[] {0, 0, 0}, greedy)).isZero();
        assertThat(draw(new float[] {-0f, 0f}, greedy)).isZero();
    }

    @Test
    void numbersOneCannotDrawFromGiveNoToken() {
        float inf = Float.POSITIVE_INFINITY;
        for (SamplingParams sampling : List.of(SamplingParams.greedy(), PLAIN)) {
            assertThat(draw(new float[] {1, Float.NaN}, sampling)).isEqualTo(StepResult.RowResult.NO_TOKEN);
            assertThat(draw(new float[] {1, inf}, sampling)).isEqualTo(StepResult.RowResult.NO_TOKEN);
            assertThat(draw(new float[] {-inf, -inf}, sampling)).isEqualTo(StepResult.RowResult.NO_TOKEN);
            assertThat(draw(new float[] {-inf, -3}, sampling)).isEqualTo(1);
        }
    }

    @Test
    void aTokenWithoutProbabilityIsNeverDrawn() {
        float[] logits = {Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY};
        for (int seed = 0; seed < 300; seed++) {
            assertThat(draw(logits, params(2, 1, 0, 0, seed)))
                    .as("seed %s", seed)
                    .isIn(1, 3);
        }
    }

    @Test
    void frequenciesFollowTheProbabilities() {
        float[] logits = {0, (float) Math.log(2), (float) Math.log(5)};
        int[] drawn = new int[3];
        int draws = 40_000;
        Sampler sampler = new Sampler(3);
        for (int seed = 0; seed < draws; seed++) {
            drawn[sampler.draw(logits, row(new int[1 + seed % 7], 1, params(1, 1, 0, 0, seed)))]++;
        }
        assertThat(drawn[0] / (double) draws).isCloseTo(1 / 8.0, within(0.01));
        assertThat(drawn[1] / (double) draws).isCloseTo(2 / 8.0, within(0.01));
        assertThat(drawn[2] / (double) draws).isCloseTo(5 / 8.0, within(0.01));
    }

    @Test
    void theRandomNumberIsOfSeedAndPosition() {
        double[] numbers = new double[40_000];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Sampler.uniform(i / 200, i % 200);
        }
        assertThat(Arrays.stream(numbers).distinct().count()).isEqualTo(numbers.length);
        assertThat(Arrays.stream(numbers).min().orElseThrow()).isNotNegative();
        assertThat(Arrays.stream(numbers).max().orElseThrow()).isLessThan(1);
        assertThat(Arrays.stream(numbers).average().orElseThrow()).isCloseTo(0.5, within(0.01));
        assertThat(Sampler.uniform(42, 7)).isEqualTo(Sampler.uniform(42, 7));
        assertThat(Sampler.uniform(42, 7)).isNotEqualTo(Sampler.uniform(43, 7));
        assertThat(Sampler.uniform(42, 7)).isNotEqualTo(Sampler.uniform(42, 8));
    }

    @Test
    void aHugeBiasForcesOrForbids() {
        float[] logits = {3, 2, 1};
        SamplingParams force =
                new SamplingParams(1, 1, 0, 0, 5, 0, 0, 1, new int[] {2, 99, -1}, new float[] {100, 1, 1});
        SamplingParams forbid = new SamplingParams(1, 1, 0, 0, 5, 0, 0, 1, new int[] {0, 1}, new float[] {-100, -100});
        assertThat(draw(logits, force)).isEqualTo(2);
        assertThat(draw(logits, forbid)).isEqualTo(2);
    }

    @Test
    void logprobsAreTheLogSoftmaxOfRawLogits() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int size = 1 + random.nextInt(30);
            float[] logits = logits(random, size);
            int token = random.nextInt(size);
            int top = random.nextInt(25);
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit);
            }
            TokenLogprobs logprobs = new Sampler(size).logprobs(logits, token, top);
            assertThat(logprobs.token()).isEqualTo(token);
            assertThat((double) logprobs.logprob())
                    .as("seed %s", seed)
                    .isCloseTo(Math.log(Math.exp(logits[token]) / sum), within(1e-5));
            int[] order = IntStream.range(0, size)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -logits[i])
                            .thenComparingInt(i -> i))
                    .limit(top)
                    .mapToInt(Integer::intValue)
                    .toArray();
            assertThat(logprobs.topTokens()).as("seed %s", seed).isEqualTo(order);
            for (int i = 0; i < order.length; i++) {
                assertThat((double) logprobs.topLogprobs()[i])
                        .isCloseTo(Math.log(Math.exp(logits[order[i]]) / sum), within(1e-5));
            }
        }
    }

    @Test
    void logprobsOfLargeLogitsDoNotOverflow() {
        TokenLogprobs logprobs = new Sampler(3).logprobs(new float[] {3e38f, 3e38f, -3e38f}, 0, 1);
        assertThat(logprobs.logprob()).isCloseTo((float) -Math.log(2), within(1e-3f));
    }
}
