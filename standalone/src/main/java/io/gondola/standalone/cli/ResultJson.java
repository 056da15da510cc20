package io.gondola.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.scheduler.simulation.LoadResult;
import java.util.List;
import java.util.function.ToLongFunction;

/** Simulated runs for programs: {@code runs}, each with its figures, its tenants and its samples over time. */
final class ResultJson {

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ResultJson() {}

    static String of(List<LoadResult> runs) {
        ObjectNode root = MAPPER.createObjectNode();
        ArrayNode array = root.putArray("runs");
        runs.forEach(run -> add(array.addObject(), run));
        try {
            return MAPPER.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void add(ObjectNode node, LoadResult run) {
        node.put("workers", run.fleet().workers());
        node.put("requests", run.served().size());
        node.put("complete", run.count("COMPLETE"));
        node.put("rejected", run.count("REJECTED"));
        node.put("deadline", run.count("DEADLINE"));
        node.put("seconds", run.seconds());
        node.put("outputTokensPerSecond", run.outputTokensPerSecond());
        node.put("queuedMax", run.queuedMax());
        percentiles(node.putObject("queueWaitMillis"), run, LoadResult.Served::queueWaitNanos);
        percentiles(node.putObject("firstTokenMillis"), run, LoadResult.Served::firstTokenNanos);
        percentiles(node.putObject("durationMillis"), run, LoadResult.Served::durationNanos);
        ObjectNode tenants = node.putObject("outputTokensByTenant");
        run.outputTokensByTenant().forEach(tenants::put);
        ArrayNode samples = node.putArray("samples");
        for (LoadResult.Sample sample : run.samples()) {
            samples.addObject()
                    .put("seconds", sample.nanos() / 1e9)
                    .put("queued", sample.queued())
                    .put("running", sample.running())
                    .put("workers", sample.workers());
        }
    }

    /** A percentile of nothing is null. */
    private static void percentiles(ObjectNode node, LoadResult run, ToLongFunction<LoadResult.Served> nanos) {
        for (int percent : new int[] {50, 95, 99}) {
            double millis = run.millis(percent / 100.0, nanos);
            if (Double.isNaN(millis)) {
                node.putNull("p" + percent);
            } else {
                node.put("p" + percent, millis);
            }
        }
    }
}
