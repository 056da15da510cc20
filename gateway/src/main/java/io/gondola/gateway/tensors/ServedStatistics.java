package io.gondola.gateway.tensors;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.openai.Json;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatus;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * What became of the requests for all that is served, as Triton's statistics extension has it. Models that take tensors are
 * counted by their workers; those that generate text by this gateway.
 */
public final class ServedStatistics {

    private final TensorModels tensors;
    private final ServedModels texts;
    private final Function<String, ModelStatistics> ofText;

    /** @param ofText the counts of a model that generates text */
    public ServedStatistics(TensorModels tensors, ServedModels texts, Function<String, ModelStatistics> ofText) {
        this.tensors = tensors;
        this.texts = texts;
        this.ofText = ofText;
    }

    /** Of every version of every model. */
    public byte[] ofAll() {
        return Json.write(json -> {
            begin(json);
            write(json, tensors.all());
            for (ServedModel text : texts.all()) {
                write(json, text.name());
            }
            end(json);
        });
    }

    /**
     * Of one version, or of all that there are of a model; 404 for one that is not there. A name may be both: then it is the
     * one that takes tensors.
     */
    public byte[] of(String name, long version) {
        if (texts.has(name) && !tensors.has(name)) {
            KserveTarget.requireTextVersion(name, version);
            return Json.write(json -> {
                begin(json);
                write(json, name);
                end(json);
            });
        }
        Collection<ModelStatus> statuses = version == InferenceRequest.LATEST
                ? tensors.versions(name).values()
                : List.of(tensors.require(name, version));
        return Json.write(json -> {
            begin(json);
            write(json, statuses);
            end(json);
        });
    }

    private static void begin(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("model_stats");
    }

    private static void end(JsonGenerator json) throws IOException {
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Collection<ModelStatus> statuses) throws IOException {
        for (ModelStatus status : statuses) {
            write(json, status.model().name(), status.model().version(), status.statistics());
        }
    }

    private void write(JsonGenerator json, String text) throws IOException {
        write(json, text, ServedModel.VERSION, ofText.apply(text));
    }

    private static void write(JsonGenerator json, String name, long version, ModelStatistics statistics)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("version", Long.toString(version));
        KserveStatistics.write(json, statistics);
        json.writeEndObject();
    }
}
