package io.gondola.worker.runtime;

import io.gondola.protocol.StepBudget;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Decides who takes part in the next step, and with how many tokens. Pure: the same sequences give the same batch.
 *
 * <p>Decoding sequences go first, one token each: nobody's stream waits for another's prompt. Prompts share the
 * budget's prefill tokens equally, in chunks (chunked prefill, Sarathi-Serve, arXiv:2403.02310); what a short prompt
 * leaves of its share goes to the longer ones, and what does not divide goes to the oldest. So a step's length has a
 * bound, and a short prompt is never stuck behind a long one.
 *
 * <p>Where the budget has fewer rows than there are sequences, those that have waited the most steps go first.
 */
final class StepPlanner {

    private static final Comparator<Sequence> LONGEST_WAIT_FIRST =
            Comparator.comparingLong(Sequence::lastStep).thenComparingLong(Sequence::arrival);
    private static final Comparator<Sequence> OLDEST_FIRST = Comparator.comparingLong(Sequence::arrival);

    private StepPlanner() {}

    /**
     * Plans one step.
     *
     * @param aboard the sequences, in any order; at least one
     * @param budget what the step may hold; less than 1 of anything counts as 1, so that a step always gets on
     */
    static StepBatch plan(Collection<Sequence> aboard, StepBudget budget) {
        int rowsLeft = Math.max(1, budget.sequencesMax());
        List<StepRow> rows = new ArrayList<>();
        for (Sequence sequence : pick(aboard, false, LONGEST_WAIT_FIRST, rowsLeft)) {
            rows.add(sequence.row(1));
        }
        rowsLeft -= rows.size();
        int tokensLeft = Math.max(1, budget.prefillTokensMax());
        // A token each is the least a row can feed, so no more rows than tokens.
        List<Sequence> prefilling = pick(aboard, true, OLDEST_FIRST, Math.min(rowsLeft, tokensLeft));
        int[] shares = shareEvenly(prefilling, tokensLeft);
        for (int i = 0; i < shares.length; i++) {
            rows.add(prefilling.get(i).row(shares[i]));
        }
        return new StepBatch(rows);
    }

    private static List<Sequence> pick(
            Collection<Sequence> aboard, boolean prefilling, Comparator<Sequence> order, int limit) {
        List<Sequence> picked = new ArrayList<>(aboard.size());
        for (Sequence sequence : aboard) {
            if (sequence.isPrefilling() == prefilling) {
                picked.add(sequence);
            }
        }
        picked.sort(order);
        return picked.size() <= limit ? picked : picked.subList(0, limit);
    }

    /** Max-min fair shares of {@code tokens}: nobody gets more than is left of its prompt, and nothing is wasted. */
    private static int[] shareEvenly(List<Sequence> prefilling, int tokens) {
        int[] shares = new int[prefilling.size()];
        int tokensLeft = tokens;
        boolean given = true;
        while (tokensLeft > 0 && given) {
            int wanting = 0;
            for (int i = 0; i < shares.length; i++) {
                wanting += shares[i] < prefilling.get(i).prefillLeft() ? 1 : 0;
            }
            int each = wanting == 0 ? 0 : Math.max(1, tokensLeft / wanting);
            given = false;
            for (int i = 0; i < shares.length && tokensLeft > 0; i++) {
                int more =
                        Math.min(Math.min(each, tokensLeft), prefilling.get(i).prefillLeft() - shares[i]);
                shares[i] += more;
                tokensLeft -= more;
                given |= more > 0;
            }
        }
        return shares;
    }
}
