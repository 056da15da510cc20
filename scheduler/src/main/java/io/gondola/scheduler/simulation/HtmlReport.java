package io.gondola.scheduler.simulation;

import io.gondola.scheduler.simulation.LoadResult.Measure;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** A few runs as a page that needs nothing from outside: the table, and what happened over time. */
public final class HtmlReport {

    /** Tenants with a line of their own: those that were given the most. */
    private static final int TENANTS_DRAWN = 6;

    private static final int TENANTS_LISTED = 20;
    private static final double MINUTE = 60;
    private static final double HOUR = 3_600;

    private static final String HEAD = """
            <!doctype html><html lang='en'><head><meta charset='utf-8'>
            <meta name='viewport' content='width=device-width, initial-scale=1'><title>Gondola simulation</title><style>
            :root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;--grid:#d8dee4;
              --c0:#0969da;--c1:#bc4c00;--c2:#1a7f37;--c3:#8250df;--c4:#bf3989;--c5:#6e5a00}
            @media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--grid:#30363d;
              --c0:#58a6ff;--c1:#f0883e;--c2:#56d364;--c3:#bc8cff;--c4:#ff8ac2;--c5:#e3c63a}}
            body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;max-width:1360px;margin:2rem auto;
              padding:0 1rem}
            h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.15rem}p.what{color:var(--dim);margin:0 0 1rem}
            .scroll{overflow-x:auto;margin-bottom:1.5rem}
            table{border-collapse:collapse;font-variant-numeric:tabular-nums}
            th,td{text-align:right;padding:.25rem .9rem;border-bottom:1px solid var(--grid);white-space:nowrap}
            th:first-child,td:first-child{text-align:left}
            main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:1.5rem}
            figure{margin:0}figcaption{font-weight:600}figcaption span,.legend,small{color:var(--dim);font-weight:400}
            svg{width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:12px}
            .end{text-anchor:end}.mid{text-anchor:middle}.grid{stroke:var(--grid)}
            .line{fill:none;stroke-width:2;stroke-linejoin:round}
            path.l0{stroke:var(--c0)}path.l1{stroke:var(--c1)}path.l2{stroke:var(--c2)}path.l3{stroke:var(--c3)}
            path.l4{stroke:var(--c4)}path.l5{stroke:var(--c5)}path.dashed{stroke-dasharray:6 4}
            .legend i.l0{border-color:var(--c0)}.legend i.l1{border-color:var(--c1)}.legend i.l2{border-color:var(--c2)}
            .legend i.l3{border-color:var(--c3)}.legend i.l4{border-color:var(--c4)}.legend i.l5{border-color:var(--c5)}
            .legend i.dashed{border-top-style:dashed}
            .legend{margin:.2rem 0 0 4rem;font-size:13px}.legend span{margin-right:1.2rem;white-space:nowrap}
            .legend i{display:inline-block;width:18px;border-top:3px solid;vertical-align:middle;margin-right:.4rem}
            </style></head><body><h1>Gondola simulation</h1>
            """;

    private final StringBuilder page = new StringBuilder(HEAD);
    private final List<LoadResult> runs;
    private final double unitSeconds;
    private final String unit;

    private HtmlReport(List<LoadResult> runs) {
        this.runs = runs;
        double seconds = runs.get(0).loadNanos() / 1e9;
        unitSeconds = seconds > 3 * HOUR ? HOUR : seconds > 10 * MINUTE ? MINUTE : 1;
        unit = unitSeconds == HOUR ? "h" : unitSeconds == MINUTE ? "min" : "s";
    }

    /** @param what one line that says which load and which cost this is */
    public static String of(List<LoadResult> runs, String what) {
        HtmlReport report = new HtmlReport(runs);
        report.draw(what);
        return report.page.toString();
    }

    private void draw(String what) {
        page.append("<p class='what'>").append(escaped(what)).append("</p>\n");
        table(ResultTable.rows(runs));
        page.append("<main>\n");
        sampled("Queue depth", "generations", LoadResult.Sample::queued);
        sampled(
                "Batch size",
                "sequences aboard each worker",
                one -> one.workers() == 0 ? 0 : (double) one.running() / one.workers());
        percentiles("Time to first token", Measure.FIRST_TOKEN);
        percentiles("Queue wait", Measure.QUEUE_WAIT);
        workers();
        runs.forEach(this::service);
        page.append("</main>\n<h2>Service by tenant <small>output tokens</small></h2>");
        table(tenants());
        page.append("</body></html>\n");
    }

    private void table(List<List<String>> rows) {
        page.append("<div class='scroll'><table>");
        for (int i = 0; i < rows.size(); i++) {
            String cell = i == 0 ? "th" : "td";
            page.append("<tr>");
            rows.get(i).forEach(text -> page.append("<" + cell + ">" + escaped(text) + "</" + cell + ">"));
            page.append("</tr>");
        }
        page.append("</table></div>\n");
    }

    private void chart(String title, String x, String yUnit, List<SvgChart.Line> lines) {
        page.append(SvgChart.draw(title, x + ", " + unit, yUnit, lines));
    }

    private SvgChart.Line line(
            String name, int colour, boolean isDashed, LoadResult run, ToDoubleFunction<LoadResult.Sample> y) {
        double[] x = run.samples().stream()
                .mapToDouble(one -> one.nanos() / 1e9 / unitSeconds)
                .toArray();
        return new SvgChart.Line(
                escaped(name),
                colour,
                isDashed,
                x,
                run.samples().stream().mapToDouble(y).toArray());
    }

    private void sampled(String title, String yUnit, ToDoubleFunction<LoadResult.Sample> y) {
        List<SvgChart.Line> lines = new ArrayList<>();
        for (LoadResult run : runs) {
            if (!run.samples().isEmpty()) {
                lines.add(line(run.name(), runs.indexOf(run), false, run, y));
            }
        }
        chart(title, "time", yUnit, lines);
    }

    private void workers() {
        List<SvgChart.Line> lines = new ArrayList<>();
        for (LoadResult run : runs) {
            int colour = runs.indexOf(run);
            if (run.samples().isEmpty()) {
                continue;
            }
            lines.add(line("busy of " + run.name(), colour, false, run, LoadResult.Sample::busyWorkers));
            lines.add(line("there", colour, true, run, LoadResult.Sample::workers));
        }
        chart("Workers in use", "time", "workers", lines);
    }

    private void percentiles(String title, Measure measure) {
        List<SvgChart.Line> lines = new ArrayList<>();
        for (int percent : new int[] {50, 95}) {
            for (LoadResult run : runs) {
                double[] y = run.parts().stream()
                        .mapToDouble(part -> part.of(measure).of(percent))
                        .toArray();
                String name = "p" + percent + ", " + run.name();
                lines.add(new SvgChart.Line(name, runs.indexOf(run), percent > 50, middles(run), y));
            }
        }
        chart(title, "time of arrival", "ms", lines);
    }

    /** The middle of each part of the load. */
    private double[] middles(LoadResult run) {
        int count = run.parts().size();
        double[] x = new double[count];
        for (int i = 0; i < count; i++) {
            x[i] = run.loadNanos() / 1e9 / unitSeconds * (i + 0.5) / count;
        }
        return x;
    }

    private void service(LoadResult run) {
        List<SvgChart.Line> lines = new ArrayList<>();
        double partSeconds = run.loadNanos() / 1e9 / run.parts().size();
        for (String tenant : largest(TENANTS_DRAWN)) {
            LoadResult.Tenant service = run.tenants().get(tenant);
            if (service != null) {
                double[] y = service.outputTokensByPart().stream()
                        .mapToDouble(tokens -> tokens / partSeconds)
                        .toArray();
                // What came after the load is in the last part, and would look like a burst.
                y[y.length - 1] = Double.NaN;
                lines.add(new SvgChart.Line(escaped(shown(tenant)), lines.size(), false, middles(run), y));
            }
        }
        chart("Service by tenant, " + run.name(), "time", "output tokens a second", lines);
    }

    /** By what the first run gave them. */
    private List<String> largest(int count) {
        return runs.get(0).tenants().entrySet().stream()
                .sorted(Map.Entry.<String, LoadResult.Tenant>comparingByValue(
                                (a, b) -> Long.compare(b.outputTokens(), a.outputTokens()))
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(count)
                .map(Map.Entry::getKey)
                .toList();
    }

    private List<List<String>> tenants() {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("tenant"));
        runs.forEach(run -> head.add(run.name()));
        rows.add(head);
        List<String> listed = largest(TENANTS_LISTED);
        for (String tenant : listed) {
            List<String> row = new ArrayList<>(List.of(shown(tenant)));
            runs.forEach(run -> row.add(String.valueOf(tokens(run, tenant))));
            rows.add(row);
        }
        Set<String> others = new LinkedHashSet<>(runs.get(0).tenants().keySet());
        listed.forEach(others::remove);
        if (!others.isEmpty()) {
            List<String> row = new ArrayList<>(List.of(others.size() + " others"));
            runs.forEach(run -> row.add(String.valueOf(
                    others.stream().mapToLong(name -> tokens(run, name)).sum())));
            rows.add(row);
        }
        return rows;
    }

    private static long tokens(LoadResult run, String tenant) {
        LoadResult.Tenant service = run.tenants().get(tenant);
        return service == null ? 0 : service.outputTokens();
    }

    private static String shown(String tenant) {
        return tenant.isEmpty() ? "(none)" : tenant;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;");
    }
}
