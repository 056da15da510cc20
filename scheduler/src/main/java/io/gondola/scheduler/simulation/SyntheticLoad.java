package io.gondola.scheduler.simulation;

import io.gondola.protocol.RequestClass;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;

/**
 * A load drawn from a seed: arrivals of a Poisson process, lengths exponentially distributed around their means and cut
 * at {@code contextTokensMax}; the first tenant sends half of everything, so that fairness has something to do.
 *
 * @param ratePerSecond client requests a second
 * @param burst requests that arrive together; the rate stays
 * @param durationNanos how long the load lasts
 * @param promptTokensMean prompt tokens of a request
 * @param outputTokensMean output tokens of a request
 * @param outputTokensMax what a request may generate at most
 * @param contextTokensMax prompt and output together
 * @param tenants who share the load
 * @param tenantWeights of the first of them; the others weigh 1
 * @param interactivePercent requests of class interactive
 * @param batchPercent requests of class batch; the rest is standard
 * @param timeoutNanos each request's deadline
 */
public record SyntheticLoad(
        double ratePerSecond,
        int burst,
        long durationNanos,
        int promptTokensMean,
        int outputTokensMean,
        int outputTokensMax,
        int contextTokensMax,
        int tenants,
        List<Integer> tenantWeights,
        int interactivePercent,
        int batchPercent,
        long timeoutNanos) {

    public SyntheticLoad {
        tenantWeights = List.copyOf(tenantWeights);
    }

    /** The load that this seed draws. */
    public Load draw(long seed) {
        return new Load() {
            @Override
            public Iterator<LoadRequest> requests() {
                return new Arrivals(seed);
            }

            @Override
            public long endNanos() {
                return durationNanos;
            }
        };
    }

    private final class Arrivals implements Iterator<LoadRequest> {
        private final SplittableRandom random;
        private final double gapNanos = SimWorld.SECOND * burst / ratePerSecond;
        private double atNanos;
        private int leftOfBurst = burst;

        Arrivals(long seed) {
            random = new SplittableRandom(seed);
            atNanos = gap(random, gapNanos);
        }

        @Override
        public boolean hasNext() {
            return atNanos < durationNanos;
        }

        @Override
        public LoadRequest next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            LoadRequest next = request(random, (long) atNanos);
            if (--leftOfBurst == 0) {
                leftOfBurst = burst;
                atNanos += gap(random, gapNanos);
            }
            return next;
        }
    }

    private static double gap(SplittableRandom random, double meanNanos) {
        return -Math.log(1 - random.nextDouble()) * meanNanos;
    }

    private LoadRequest request(SplittableRandom random, long atNanos) {
        int maxTokens = Math.min(outputTokensMax, contextTokensMax - 1);
        int prompt = length(random, promptTokensMean, contextTokensMax - maxTokens);
        int output = length(random, outputTokensMean, maxTokens);
        int tenant = tenants == 1 || random.nextBoolean() ? 1 : 2 + random.nextInt(tenants - 1);
        int percent = random.nextInt(100);
        RequestClass requestClass = percent < interactivePercent
                ? RequestClass.INTERACTIVE
                : percent < interactivePercent + batchPercent ? RequestClass.BATCH : RequestClass.STANDARD;
        return new LoadRequest(
                atNanos,
                "tenant" + tenant,
                tenant <= tenantWeights.size() ? tenantWeights.get(tenant - 1) : 1,
                requestClass,
                prompt,
                maxTokens,
                output,
                timeoutNanos,
                LoadRequest.FOR_EVER,
                false,
                "");
    }

    private static int length(SplittableRandom random, int mean, int max) {
        return (int) Math.max(1, Math.min(max, Math.round(-Math.log(1 - random.nextDouble()) * mean)));
    }
}
