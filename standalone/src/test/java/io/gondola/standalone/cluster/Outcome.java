package io.gondola.standalone.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What became of some calls, beside what each must get.
 *
 * @param streams calls that were streamed
 * @param whole calls that were not
 * @param errors calls without an answer
 * @param missing answers that lack something
 * @param repeated answers with more than they should have
 * @param different answers as long as they should be that are other ones
 * @param problems all of these, one by one
 * @param pausesMillis the longest time between two pieces of each stream, shortest first
 * @param waitsMillis the time to the first piece of each stream, shortest first
 */
record Outcome(
        int streams,
        int whole,
        int errors,
        int missing,
        int repeated,
        int different,
        List<String> problems,
        List<Long> pausesMillis,
        List<Long> waitsMillis) {

    /** Waits for the ends of all. */
    static Outcome of(List<OpenCall> calls, Map<Question, String> expected) throws InterruptedException {
        int errors = 0;
        int missing = 0;
        int repeated = 0;
        int different = 0;
        List<String> problems = new ArrayList<>();
        List<Long> pausesMillis = new ArrayList<>();
        List<Long> waitsMillis = new ArrayList<>();
        for (OpenCall call : calls) {
            String answer = call.awaitEnd();
            String right = String.valueOf(expected.get(call.question()));
            if (!answer.equals(right)) {
                problems.add(call.question() + " gave '" + answer + "', expected '" + right + "'");
                errors += call.isBroken() ? 1 : 0;
                missing += !call.isBroken() && answer.length() < right.length() ? 1 : 0;
                repeated += !call.isBroken() && answer.length() > right.length() ? 1 : 0;
                different += !call.isBroken() && answer.length() == right.length() ? 1 : 0;
            }
            if (call.question().streamed()) {
                pausesMillis.add(TimeUnit.NANOSECONDS.toMillis(call.longestPauseNanos()));
                waitsMillis.add(TimeUnit.NANOSECONDS.toMillis(call.firstPieceNanos()));
            }
        }
        pausesMillis.sort(null);
        waitsMillis.sort(null);
        int whole = calls.size() - pausesMillis.size();
        return new Outcome(
                pausesMillis.size(), whole, errors, missing, repeated, different, problems, pausesMillis, waitsMillis);
    }

    /** The heads of {@link #toRow}. */
    static String heads() {
        return "| what happens | streams | plain | complete | byte-identical | missing | repeated | different | errors"
                + " | gap median | p99 | max |\n|---|---|---|---|---|---|---|---|---|---|---|---|";
    }

    /** A row of a table in Markdown. */
    String toRow(String what) {
        int calls = streams + whole;
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d ms | %d ms | %d ms |",
                what,
                streams,
                whole,
                calls - errors,
                calls - problems.size(),
                missing,
                repeated,
                different,
                errors,
                quantile(pausesMillis, 0.5),
                quantile(pausesMillis, 0.99),
                quantile(pausesMillis, 1));
    }

    /** Of a sorted list; the next one above where it falls between two. */
    static long quantile(List<Long> sorted, double share) {
        return sorted.isEmpty() ? 0 : sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
    }
}
