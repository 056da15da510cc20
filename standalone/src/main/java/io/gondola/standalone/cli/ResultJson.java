package io.gondola.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.protocol.WaitReason;
import io.gondola.scheduler.simulation.LoadResult;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import java.util.List;
import java.util.Locale;

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
        node.put("name", run.name());
        node.put("workers", run.workers());
        node.put("generations", run.generations());
        for (Outcome outcome : Outcome.values()) {
            node.put(outcome.name().toLowerCase(Locale.ROOT), run.count(outcome));
        }
        node.put("seconds", run.seconds());
        node.put("promptTokens", run.promptTokens());
        node.put("cachedTokens", run.cachedTokens());
        node.put("outputTokens", run.outputTokens());
        node.put("outputTokensPerSecond", run.outputTokensPerSecond());
        node.put("queuedMax", run.queuedMax());
        node.put("busyWorkersMax", run.busyWorkersMax());
        percentiles(node.putObject("queueWaitMillis"), run.total().queueWait());
        percentiles(node.putObject("firstTokenMillis"), run.total().firstToken());
        percentiles(node.putObject("durationMillis"), run.total().duration());
        ObjectNode reasons = node.putObject("waitReasons");
        for (WaitReason reason : WaitReason.values()) {
            reasons.put(
                    reason.name().toLowerCase(Locale.ROOT), run.waitReasons().getOrDefault(reason, 0L));
        }
        ObjectNode tenants = node.putObject("tenants");
        run.tenants().forEach((name, tenant) -> tenants.putObject(name)
                .put("generations", tenant.generations())
                .put("promptTokens", tenant.promptTokens())
                .put("outputTokens", tenant.outputTokens()));
        ArrayNode samples = node.putArray("samples");
        for (LoadResult.Sample sample : run.samples()) {
            samples.addObject()
                    .put("seconds", sample.nanos() / 1e9)
                    .put("queued", sample.queued())
                    .put("running", sample.running())
                    .put("workers", sample.workers())
                    .put("busyWorkers", sample.busyWorkers());
        }
    }

    /** A percentile of nothing is null. */
    private static void percentiles(ObjectNode node, LoadResult.Percentiles millis) {
        put(node, "p50", millis.p50());
        put(node, "p95", millis.p95());
        put(node, "p99", millis.p99());
    }

    private static void put(ObjectNode node, String name, double millis) {
        if (Double.isNaN(millis)) {
            node.putNull(name);
        } else {
            node.put(name, millis);
        }
    }
}
