package io.gondola.gateway.tensors;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatistics.Batches;
import io.gondola.protocol.inference.ModelStatistics.Spent;
import java.io.IOException;

/** The fields of one version in the answer to {@code .../stats}: Triton's names, times in nanoseconds. */
final class KserveStatistics {

    private KserveStatistics() {}

    static void write(JsonGenerator json, ModelStatistics statistics) throws IOException {
        json.writeNumberField("last_inference", statistics.lastMillis());
        json.writeNumberField("inference_count", statistics.rows());
        json.writeNumberField("execution_count", statistics.runs());
        json.writeObjectFieldStart("inference_stats");
        spent(json, "success", statistics.succeeded());
        spent(json, "fail", statistics.failed());
        spent(json, "queue", statistics.queued());
        spent(json, "compute_input", statistics.input());
        spent(json, "compute_infer", statistics.infer());
        spent(json, "compute_output", statistics.output());
        // There is no cache of responses; clients of Triton read the fields all the same.
        spent(json, "cache_hit", Spent.NONE);
        spent(json, "cache_miss", Spent.NONE);
        json.writeEndObject();
        json.writeArrayFieldStart("batch_stats");
        for (Batches batches : statistics.batches()) {
            json.writeStartObject();
            json.writeNumberField("batch_size", batches.rows());
            spent(json, "compute_input", new Spent(batches.runs(), batches.inputNanos()));
            spent(json, "compute_infer", new Spent(batches.runs(), batches.inferNanos()));
            spent(json, "compute_output", new Spent(batches.runs(), batches.outputNanos()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void spent(JsonGenerator json, String name, Spent spent) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("count", spent.count());
        json.writeNumberField("ns", spent.nanos());
        json.writeEndObject();
    }
}
