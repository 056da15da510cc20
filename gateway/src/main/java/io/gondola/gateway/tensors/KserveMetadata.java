package io.gondola.gateway.tensors;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.openai.Json;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.TensorSpec;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** What the Open Inference Protocol says of the server and of its models. */
public final class KserveMetadata {

    private static final String[] EXTENSIONS = {
        "binary_tensor_data", "classification", "generate", "model_repository", "statistics", "schedule_policy"
    };

    private static final String SERVER_VERSION = "0.1.0";
    private static final String TEXT_VERSION = Long.toString(ServedModel.VERSION);

    private static final List<TensorSpec> TEXT_INPUTS = List.of(text("text_input"));
    private static final List<TensorSpec> TEXT_OUTPUTS = List.of(text("text_output"));

    private KserveMetadata() {}

    private static TensorSpec text(String name) {
        return new TensorSpec(name, Datatype.BYTES, new long[] {1});
    }

    /** Name, version, extensions. */
    public static byte[] server() {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("name", "gondola");
            json.writeStringField("version", SERVER_VERSION);
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

    /** A model that generates text: what {@code generate} takes and gives. */
    public static byte[] textModel(String name) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeArrayFieldStart("versions");
            json.writeString(TEXT_VERSION);
            json.writeEndArray();
            json.writeStringField("platform", "gondola_generation");
            specs(json, "inputs", TEXT_INPUTS);
            specs(json, "outputs", TEXT_OUTPUTS);
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

    /**
     * The versions that are in service.
     *
     * @param texts models that generate text
     * @param isTextReady whether they do
     * @param isReadyOnly without those that cannot be asked now
     */
    public static byte[] index(
            Collection<ModelStatus> statuses, Collection<String> texts, boolean isTextReady, boolean isReadyOnly) {
        return Json.write(json -> {
            json.writeStartArray();
            for (ModelStatus status : statuses) {
                boolean isReady = status.workers() > 0;
                if (isReady || !isReadyOnly) {
                    String version = Long.toString(status.model().version());
                    indexEntry(json, status.model().name(), version, isReady);
                }
            }
            for (String text : texts) {
                if (isTextReady || !isReadyOnly) {
                    indexEntry(json, text, TEXT_VERSION, isTextReady);
                }
            }
            json.writeEndArray();
        });
    }

    private static void indexEntry(JsonGenerator json, String name, String version, boolean isReady)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("version", version);
        json.writeStringField("state", isReady ? "READY" : "UNAVAILABLE");
        if (!isReady) {
            json.writeStringField("reason", "no worker has it at the moment");
        }
        json.writeEndObject();
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
