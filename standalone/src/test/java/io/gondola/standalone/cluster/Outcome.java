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
 * @param missing answers that lack a piece in their midst or at their end
 * @param repeated answers that say a piece twice
 * @param different answers that go another way from some token on: where two are nearly as likely, rounding may decide
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

    /** What is wrong with an answer. */
    enum Fault {
        ERROR,
        MISSING,
        REPEATED,
        DIFFERENT;

        /** So many characters in a row that are where others should be are no accident. */
        private static final int SAME_CHARS = 16;
        /** Longer pieces are not looked for. */
        private static final int PIECE_CHARS_MAX = 400;

        /** Of two texts that differ. */
        static Fault of(String answer, String right) {
            int same = 0;
            while (same < Math.min(answer.length(), right.length()) && answer.charAt(same) == right.charAt(same)) {
                same++;
            }
            String is = answer.substring(same);
            String shouldBe = right.substring(same);
            if (is.isEmpty() || comesLater(is, shouldBe)) {
                return MISSING;
            }
            return shouldBe.isEmpty() || comesLater(shouldBe, is) ? REPEATED : DIFFERENT;
        }

        private static boolean comesLater(String text, String in) {
            int found = in.indexOf(text.substring(0, Math.min(SAME_CHARS, text.length())));
            return text.length() >= SAME_CHARS && found > 0 && found <= PIECE_CHARS_MAX;
        }
    }

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
                Fault fault = call.isBroken() ? Fault.ERROR : Fault.of(answer, right);
                errors += fault == Fault.ERROR ? 1 : 0;
                missing += fault == Fault.MISSING ? 1 : 0;
                repeated += fault == Fault.REPEATED ? 1 : 0;
                different += fault == Fault.DIFFERENT ? 1 : 0;
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

    /** The same, and other calls that went wrong beside. */
    Outcome with(List<String> otherProblems) {
        List<String> all = new ArrayList<>(problems);
        all.addAll(otherProblems);
        return new Outcome(streams, whole, errors, missing, repeated, different, all, pausesMillis, waitsMillis);
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
                calls - errors - missing - repeated - different,
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
