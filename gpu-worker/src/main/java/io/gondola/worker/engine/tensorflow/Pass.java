package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.StepRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.function.Predicate;

/**
 * What one run of the graph computes. Most steps are one pass; more are needed where prefill chunks are so long, or of
 * such different lengths, that attention over the padded rows would take too much memory.
 *
 * @param decode segments of one token
 * @param prefill segments that are padded to the longest of them
 */
record Pass(List<Segment> decode, List<Segment> prefill) {

    /** Attention scores of one layer, or logits, in one pass; what blocks of values give takes about twice as much again. */
    static final long SCORES_MAX = 32L << 20;

    /** The most tokens of one sequence in one pass. */
    static final int SEGMENT_TOKENS_MAX = 1024;

    static final int SEGMENT_TOKENS_MIN = 16;

    /**
     * What a token costs, besides its place in the context.
     *
     * @param heads scores for each token and position before it
     * @param vocabularySize logits for each token that is scored
     */
    record Widths(int heads, int vocabularySize) {
        long scores(long tokens, int end) {
            return tokens * heads * KvLayout.blocks(end) * KvLayout.BLOCK_TOKENS;
        }

        long logits(long tokens) {
            return tokens * vocabularySize;
        }
    }

    Pass {
        decode = List.copyOf(decode);
        prefill = List.copyOf(prefill);
    }

    /** The passes of a batch, in order. A row's segments depend on that row alone. */
    static List<Pass> plan(List<StepRow> rows, Widths widths) {
        return plan(rows, widths, row -> true);
    }

    /** The passes of some rows of a batch; none where it has none of them. */
    static List<Pass> plan(List<StepRow> rows, Widths widths, Predicate<StepRow> chosen) {
        List<Segment> decode = new ArrayList<>();
        List<Segment> prefill = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            StepRow row = rows.get(i);
            if (!chosen.test(row)) {
                continue;
            }
            if (row.count() == 1) {
                decode.add(new Segment(i, row, row.position(), 1));
            } else {
                prefill.addAll(segments(i, row, widths));
            }
        }
        List<Pass> passes = new ArrayList<>();
        while (!prefill.isEmpty()) {
            List<Segment> taken = take(prefill, widths);
            prefill.removeAll(taken);
            passes.add(new Pass(passes.isEmpty() ? decode : List.of(), taken));
        }
        if (passes.isEmpty() && !decode.isEmpty()) {
            passes.add(new Pass(decode, List.of()));
        }
        return passes;
    }

    private static List<Segment> segments(int index, StepRow row, Widths widths) {
        int end = row.position() + row.count();
        long cost = Math.max(widths.scores(1, end), row.scorePrompt() ? widths.logits(1) : 0);
        long tokensMax = SCORES_MAX / cost;
        int step = (int) Math.max(SEGMENT_TOKENS_MIN, Math.min(SEGMENT_TOKENS_MAX, tokensMax));
        return new Segment(index, row, row.position(), row.count()).split(step);
    }

    /** The first segment of each row, longest first, as long as padding does not outweigh what is computed. */
    private static List<Segment> take(List<Segment> segments, Widths widths) {
        List<Segment> first = new ArrayList<>();
        int row = -1;
        for (Segment segment : segments) {
            if (segment.index() != row) {
                row = segment.index();
                first.add(segment);
            }
        }
        first.sort(Comparator.comparingInt(Segment::count).reversed());
        Queue<Segment> waiting = new ArrayDeque<>(first);
        List<Segment> taken = new ArrayList<>();
        int longest = first.get(0).count();
        long sum = 0;
        long scored = 0;
        int end = 0;
        for (Segment next = waiting.poll(); next != null; next = waiting.poll()) {
            sum += next.count();
            scored += next.scoredTokens();
            end = Math.max(end, next.end());
            long padded = (taken.size() + 1L) * longest;
            boolean tooLarge = widths.scores(padded, end) > SCORES_MAX || widths.logits(scored) > SCORES_MAX;
            if (!taken.isEmpty() && (tooLarge || 2 * padded > 3 * sum + SEGMENT_TOKENS_MIN)) {
                break;
            }
            taken.add(next);
        }
        return taken;
    }
}
