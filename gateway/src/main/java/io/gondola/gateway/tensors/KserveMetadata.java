package io.gondola.gateway.tensors;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.openai.Json;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.TensorSpec;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** What the Open Inference Protocol says of the server and of its models. */
public final class KserveMetadata {

    private static final String[] EXTENSIONS = {
        "binary_tensor_data", "classification", "model_repository", "statistics", "schedule_policy"
    };

    private KserveMetadata() {}

    /** Name, version, extensions. */
    public static byte[] server(String version) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("name", "gondola");
            json.writeStringField("version", version);
            json.writeFieldName("extensions");
            json.writeArray(EXTENSIONS, 0, EXTENSIONS.length);
            json.writeEndObject();
        });
    }

    /** One version's inputs and outputs, and what other versions there are. */
    public static byte[] model(ModelStatus status, Collection<Long> versions) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("name", status.model().name());
            json.writeArrayFieldStart("versions");
            for (long version : versions) {
                json.writeString(Long.toString(version));
            }
            json.writeEndArray();
            json.writeStringField("platform", status.model().platform());
            specs(json, "inputs", status.model().defaultSignature().inputs());
            specs(json, "outputs", status.model().defaultSignature().outputs());
            json.writeEndObject();
        });
    }

    private static void specs(JsonGenerator json, String field, List<TensorSpec> specs) throws IOException {
        json.writeArrayFieldStart(field);
        for (TensorSpec spec : specs) {
            json.writeStartObject();
            json.writeStringField("name", spec.name());
            json.writeStringField("datatype", spec.datatype().name());
            json.writeFieldName("shape");
            json.writeArray(spec.shape(), 0, spec.shape().length);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Rows computed and runs that computed them, of the versions given. */
    public static byte[] statistics(Collection<ModelStatus> statuses) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("model_stats");
            for (ModelStatus status : statuses) {
                json.writeStartObject();
                json.writeStringField("name", status.model().name());
                json.writeStringField("version", Long.toString(status.model().version()));
                json.writeNumberField("inference_count", status.inferences());
                json.writeNumberField("execution_count", status.runs());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** The versions that are in service. */
    public static byte[] index(Collection<ModelStatus> statuses) {
        return Json.write(json -> {
            json.writeStartArray();
            for (ModelStatus status : statuses) {
                json.writeStartObject();
                json.writeStringField("name", status.model().name());
                json.writeStringField("version", Long.toString(status.model().version()));
                json.writeStringField("state", "READY");
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    /** {@code {"error": "..."}}. */
    public static byte[] error(String message) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("error", message);
            json.writeEndObject();
        });
    }
}
