package io.gondola.scheduler.simulation;

import io.gondola.protocol.WaitReason;
import io.gondola.scheduler.simulation.LoadResult.Measure;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Runs side by side in figures: a column each. */
public final class ResultTable {

    private static final int LABEL_WIDTH = 30;
    private static final int COLUMN_WIDTH = 14;

    private ResultTable() {}

    /** For a terminal. */
    public static String text(List<LoadResult> runs) {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows(runs)) {
            text.append(String.format(Locale.ROOT, "%-" + LABEL_WIDTH + "s", row.get(0)));
            row.subList(1, row.size())
                    .forEach(cell -> text.append(String.format(Locale.ROOT, "%" + COLUMN_WIDTH + "s", cell)));
            text.append(System.lineSeparator());
        }
        return text.toString();
    }

    static List<List<String>> rows(List<LoadResult> runs) {
        List<List<String>> rows = new ArrayList<>();
        row(rows, runs, "", LoadResult::name);
        row(rows, runs, "most workers busy at a time", run -> sampled(run, run.busyWorkersMax()));
        row(rows, runs, "generations", run -> String.valueOf(run.generations()));
        outcome(rows, runs, "complete", Outcome.COMPLETE);
        outcome(rows, runs, "refused, or late in the queue", Outcome.REFUSED);
        outcome(rows, runs, "late while running", Outcome.LATE);
        if (runs.stream().anyMatch(run -> run.count(Outcome.CANCELLED) > 0)) {
            outcome(rows, runs, "left by their clients", Outcome.CANCELLED);
        }
        row(rows, runs, "until the last end, s", run -> one(run.seconds()));
        row(rows, runs, "output tokens a second", run -> one(run.outputTokensPerSecond()));
        if (runs.stream().anyMatch(run -> run.cachedTokens() > 0)) {
            row(rows, runs, "prompt tokens computed before", run -> String.valueOf(run.cachedTokens()));
        }
        row(rows, runs, "longest queue, generations", run -> sampled(run, run.queuedMax()));
        for (int percent : new int[] {50, 95, 99}) {
            String of = " p" + percent + ", ms";
            time(rows, runs, "queue wait" + of, Measure.QUEUE_WAIT, percent);
            time(rows, runs, "first token" + of, Measure.FIRST_TOKEN, percent);
            time(rows, runs, "whole generation" + of, Measure.DURATION, percent);
        }
        for (WaitReason reason : WaitReason.values()) {
            if (reason != WaitReason.NONE
                    && runs.stream().anyMatch(run -> run.waitReasons().containsKey(reason))) {
                String name = reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
                row(
                        rows,
                        runs,
                        "waited: " + name,
                        run -> String.valueOf(run.waitReasons().getOrDefault(reason, 0L)));
            }
        }
        return rows;
    }

    private static void outcome(List<List<String>> rows, List<LoadResult> runs, String label, Outcome outcome) {
        row(rows, runs, label, run -> String.valueOf(run.count(outcome)));
    }

    private static void time(
            List<List<String>> rows, List<LoadResult> runs, String label, Measure measure, int percent) {
        row(rows, runs, label, run -> one(run.total().of(measure).of(percent)));
    }

    private static void row(
            List<List<String>> rows, List<LoadResult> runs, String label, Function<LoadResult, String> cell) {
        List<String> row = new ArrayList<>(List.of(label));
        runs.forEach(run -> row.add(cell.apply(run)));
        rows.add(row);
    }

    /** Of what was recorded nobody took samples. */
    private static String sampled(LoadResult run, int value) {
        return run.samples().isEmpty() ? "-" : String.valueOf(value);
    }

    private static String one(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.1f", value);
    }
}
