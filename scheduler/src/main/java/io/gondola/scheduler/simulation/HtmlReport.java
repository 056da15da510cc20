package io.gondola.scheduler.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** One or two runs as a page that needs nothing from outside: the table, and what happened over time. */
public final class HtmlReport {

    private static final int PARTS = 60;

    private static final String HEAD = """
            <!doctype html><html lang='en'><head><meta charset='utf-8'>
            <meta name='viewport' content='width=device-width, initial-scale=1'><title>Gondola simulation</title><style>
            :root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;--grid:#d8dee4;
              --c0:#0969da;--c1:#bc4c00}
            @media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--grid:#30363d;
              --c0:#58a6ff;--c1:#f0883e}}
            body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;max-width:1360px;margin:2rem auto;
              padding:0 1rem}
            h1{font-size:1.5rem;margin:0 0 1rem}
            table{border-collapse:collapse;margin-bottom:1.5rem;font-variant-numeric:tabular-nums}
            th,td{text-align:right;padding:.25rem .9rem;border-bottom:1px solid var(--grid)}
            th:first-child,td:first-child{text-align:left}
            main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:1.5rem}
            figure{margin:0}figcaption{font-weight:600}figcaption span,.legend{color:var(--dim);font-weight:400}
            svg{width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:12px}
            .end{text-anchor:end}.mid{text-anchor:middle}.grid{stroke:var(--grid)}
            .line{fill:none;stroke-width:2;stroke-linejoin:round}
            path.l0{stroke:var(--c0)}path.l1{stroke:var(--c1)}path.dashed{stroke-dasharray:6 4}
            .legend i.l0{border-color:var(--c0)}.legend i.l1{border-color:var(--c1)}.legend i.dashed{border-top-style:dashed}
            .legend{margin:.2rem 0 0 4rem;font-size:13px}.legend span{margin-right:1.2rem}
            .legend i{display:inline-block;width:18px;border-top:3px solid;vertical-align:middle;margin-right:.4rem}
            </style></head><body><h1>Gondola simulation</h1>
            """;

    private HtmlReport() {}

    /** @param runs the fleet's size, and what the load met there */
    public static String of(List<LoadResult> runs) {
        StringBuilder page = new StringBuilder(HEAD);
        table(page, ResultTable.rows(runs));
        page.append("<main>\n");
        sampled(page, runs, "Queue depth", "requests", LoadResult.Sample::queued);
        sampled(
                page,
                runs,
                "Batch size",
                "sequences aboard each worker",
                one -> one.workers() == 0 ? 0 : (double) one.running() / one.workers());
        percentiles(page, runs, "Time to first token", LoadResult.Served::firstTokenNanos);
        percentiles(page, runs, "Queue wait", LoadResult.Served::queueWaitNanos);
        sampled(page, runs, "Workers", "workers", LoadResult.Sample::workers);
        page.append("</main>\n<h2>Service by tenant <small>output tokens</small></h2>");
        table(page, tenants(runs));
        return page.append("</body></html>\n").toString();
    }

    private static void table(StringBuilder page, List<List<String>> rows) {
        page.append("<table>");
        for (int i = 0; i < rows.size(); i++) {
            String cell = i == 0 ? "th" : "td";
            page.append("<tr>");
            rows.get(i).forEach(text -> page.append("<" + cell + ">" + text + "</" + cell + ">"));
            page.append("</tr>");
        }
        page.append("</table>\n");
    }

    private static void sampled(
            StringBuilder page,
            List<LoadResult> runs,
            String title,
            String unit,
            ToDoubleFunction<LoadResult.Sample> y) {
        List<SvgChart.Line> lines = new ArrayList<>();
        for (LoadResult run : runs) {
            double[] x =
                    run.samples().stream().mapToDouble(one -> one.nanos() / 1e9).toArray();
            lines.add(new SvgChart.Line(
                    name(run),
                    lines.size(),
                    false,
                    x,
                    run.samples().stream().mapToDouble(y).toArray()));
        }
        page.append(SvgChart.draw(title, "time, s", unit, lines));
    }

    private static void percentiles(
            StringBuilder page, List<LoadResult> runs, String title, ToLongFunction<LoadResult.Served> nanos) {
        List<SvgChart.Line> lines = new ArrayList<>();
        for (double share : new double[] {0.5, 0.95}) {
            for (LoadResult run : runs) {
                List<List<LoadResult.Served>> parts = run.byArrival(PARTS);
                double[] x = new double[PARTS];
                double[] y = new double[PARTS];
                long last = run.served().get(run.served().size() - 1).request().arrivalNanos();
                for (int i = 0; i < PARTS; i++) {
                    x[i] = last / 1e9 * (i + 0.5) / PARTS;
                    y[i] = LoadResult.percentileMillis(parts.get(i), share, nanos);
                }
                lines.add(new SvgChart.Line(
                        "p" + Math.round(share * 100) + ", " + name(run), runs.indexOf(run), share > 0.5, x, y));
            }
        }
        page.append(SvgChart.draw(title, "time of arrival, s", "ms", lines));
    }

    private static List<List<String>> tenants(List<LoadResult> runs) {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("tenant"));
        Map<String, List<String>> byTenant = new LinkedHashMap<>();
        for (LoadResult run : runs) {
            head.add(name(run));
            run.outputTokensByTenant().forEach((tenant, tokens) -> byTenant.computeIfAbsent(
                            tenant, name -> new ArrayList<>(List.of(name)))
                    .add(String.valueOf(tokens)));
        }
        rows.add(head);
        rows.addAll(byTenant.values());
        return rows;
    }

    private static String name(LoadResult run) {
        return run.fleet().workers() + " workers";
    }
}
