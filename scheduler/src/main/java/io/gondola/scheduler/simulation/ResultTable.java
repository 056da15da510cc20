package io.gondola.scheduler.simulation;

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
        row(rows, runs, "workers", run -> String.valueOf(run.fleet().workers()));
        row(rows, runs, "requests", run -> String.valueOf(run.served().size()));
        row(rows, runs, "complete", run -> String.valueOf(run.count("COMPLETE")));
        row(rows, runs, "refused, or late in the queue", run -> String.valueOf(run.count("REJECTED")));
        row(rows, runs, "late while running", run -> String.valueOf(run.count("DEADLINE")));
        row(rows, runs, "until the last end, s", run -> one(run.seconds()));
        row(rows, runs, "output tokens a second", run -> one(run.outputTokensPerSecond()));
        row(rows, runs, "longest queue, requests", run -> String.valueOf(run.queuedMax()));
        for (double share : new double[] {0.5, 0.95, 0.99}) {
            String of = " p" + Math.round(share * 100) + ", ms";
            row(rows, runs, "queue wait" + of, run -> one(run.millis(share, LoadResult.Served::queueWaitNanos)));
            row(rows, runs, "first token" + of, run -> one(run.millis(share, LoadResult.Served::firstTokenNanos)));
            row(rows, runs, "whole request" + of, run -> one(run.millis(share, LoadResult.Served::durationNanos)));
        }
        return rows;
    }

    private static void row(
            List<List<String>> rows, List<LoadResult> runs, String label, Function<LoadResult, String> cell) {
        List<String> row = new ArrayList<>(List.of(label));
        runs.forEach(run -> row.add(cell.apply(run)));
        rows.add(row);
    }

    private static String one(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.1f", value);
    }
}
