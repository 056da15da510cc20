package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a row that one pass feeds: all of it, save where a chunk is so long that it takes several passes.
 *
 * @param index of the row in its batch
 * @param row the row
 * @param position of the first fed token
 * @param count tokens fed, at least 1
 */
record Segment(int index, StepRow row, int position, int count) {

    /** Beyond this many, all logits are read and sorted in Java. */
    static final int TOP_K_MAX = 256;

    /** The position behind the fed tokens. */
    int end() {
        return position + count;
    }

    /** The same tokens in segments of at most this many. */
    List<Segment> split(int tokensMax) {
        List<Segment> parts = new ArrayList<>();
        for (int start = position; start < end(); start += tokensMax) {
            parts.add(new Segment(index, row, start, Math.min(tokensMax, end() - start)));
        }
        return parts;
    }

    boolean isLastOfRow() {
        return end() == row.position() + row.count();
    }

    boolean samples() {
        return row.sample() && isLastOfRow();
    }

    /** Whether the likeliest token is all that is asked for. */
    boolean samplesLikeliest() {
        return samples() && row.sampling().isGreedy() && !row.sampling().hasPenaltiesOrBias() && row.topLogprobs() < 0;
    }

    /** Whether some of the likeliest tokens are all that is asked for, so that not all logits need leave the graph. */
    boolean samplesTop() {
        int topK = row.sampling().topK();
        return samples()
                && !row.sampling().isGreedy()
                && !row.sampling().hasPenaltiesOrBias()
                && row.topLogprobs() < 0
                && topK > 0
                && topK <= TOP_K_MAX;
    }

    /** Whether the likeliest tokens are probably all that matters, though nobody counted them: top_p or min_p alone. */
    boolean samplesNucleus() {
        return samples()
                && !row.sampling().isGreedy()
                && !row.sampling().hasPenaltiesOrBias()
                && row.topLogprobs() < 0
                && row.sampling().topK() == 0
                && (row.sampling().topP() < 1 || row.sampling().minP() > 0);
    }

    /** How many of the fed tokens, from the first, are followed by a prompt token whose probability is wanted. */
    int scoredTokens() {
        return row.scorePrompt() ? Math.max(0, Math.min(end(), row.promptLength() - 1) - position) : 0;
    }
}
