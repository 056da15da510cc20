package io.gondola.standalone.cli;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How many tokens recorded generations would have had. Those that ended say so themselves. Of those that were refused,
 * cut short or left by their clients it is only known that they would have had no fewer than they got: they are given the
 * length of one that ended and was at least as long, drawn from the seed.
 */
final class OutputLengths {

    private final SplittableRandom random;
    private final int[] ended;
    private long guessed;

    OutputLengths(List<TraceLine> lines, long seed) {
        random = new SplittableRandom(seed);
        ended = lines.stream()
                .filter(TraceLine::isWhole)
                .flatMapToInt(line -> Arrays.stream(line.outputTokens()))
                .sorted()
                .toArray();
    }

    int of(TraceLine line, int generation) {
        int seen = line.outputTokens()[generation];
        int max = line.maxTokens(generation);
        if (line.isWhole()) {
            return Math.min(seen, max);
        }
        guessed++;
        int from = lowerBound(seen);
        int drawn = from == ended.length ? seen : ended[random.nextInt(from, ended.length)];
        return Math.min(Math.max(drawn, 1), max);
    }

    /** How many had to be guessed so far. */
    long guessed() {
        return guessed;
    }

    private int lowerBound(int tokens) {
        int low = 0;
        int high = ended.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ended[middle] < tokens) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
