package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.text.ServedModel;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The models a gateway serves, by name. Immutable. */
public final class ServedModels {

    private final Map<String, ServedModel> byName;
    private final OtherModels others;
    private final long createdSeconds;

    private ServedModels(Map<String, ServedModel> byName, OtherModels others, long createdSeconds) {
        this.byName = byName;
        this.others = others;
        this.createdSeconds = createdSeconds;
    }

    /** @throws IllegalArgumentException when two have the same name, or there is none */
    public static ServedModels of(Collection<ServedModel> models) {
        Map<String, ServedModel> byName = new LinkedHashMap<>();
        for (ServedModel model : models) {
            if (byName.put(model.name(), model) != null) {
                throw new IllegalArgumentException("two models are named " + model.name());
            }
        }
        if (byName.isEmpty()) {
            throw new IllegalArgumentException("no model to serve");
        }
        long nowSeconds = System.currentTimeMillis() / 1000;
        return new ServedModels(Collections.unmodifiableMap(byName), OtherModels.NONE, nowSeconds);
    }

    /** The same beside others, which are listed and not found by who wants text. */
    public ServedModels beside(OtherModels newOthers) {
        return new ServedModels(byName, newOthers, createdSeconds);
    }

    /** In the order given. */
    public Collection<ServedModel> all() {
        return byName.values();
    }

    public boolean has(String name) {
        return byName.containsKey(name);
    }

    /**
     * The model of that name, or the only one there is when a request names none.
     *
     * @throws ApiException 404 when there is no such model, 400 when none is named and there are several, or when it does
     *     not generate text
     */
    public ServedModel find(@Nullable String name) {
        if (name == null) {
            if (byName.size() == 1) {
                return byName.values().iterator().next();
            }
            throw ApiException.invalid("model", "missing_required_parameter", "Missing required parameter: 'model'.");
        }
        ServedModel model = byName.get(name);
        if (model == null) {
            throw others.has(name) ? noText(name) : unknown(name);
        }
        return model;
    }

    private ApiException noText(String name) {
        return ApiException.invalid(
                "model",
                "model_not_supported",
                "The model '" + name + "' does not generate text: "
                        + (others.embeddingNames().contains(name)
                                ? "it gives embeddings, at /v1/embeddings."
                                : "it takes tensors, at /predict and /v2."));
    }

    /** A 404 for a name that nothing is served under. */
    public static ApiException unknown(String name) {
        return new ApiException(
                404,
                "invalid_request_error",
                "model_not_found",
                "model",
                "The model '" + Shortened.of(name) + "' does not exist.");
    }

    /** The body of {@code GET /v1/models}. */
    public byte[] listJson() {
        return Json.write(generator -> {
            generator.writeStartObject();
            generator.writeStringField("object", "list");
            generator.writeArrayFieldStart("data");
            for (ServedModel model : all()) {
                write(generator, model.name(), model.createdSeconds());
            }
            for (String name : others.embeddingNames()) {
                if (!has(name)) {
                    write(generator, name, createdSeconds);
                }
            }
            generator.writeEndArray();
            generator.writeEndObject();
        });
    }

    /**
     * The body of {@code GET /v1/models/{id}}.
     *
     * @throws ApiException 404 when there is no such model
     */
    public byte[] modelJson(String name) {
        ServedModel model = byName.get(name);
        if (model == null && !others.embeddingNames().contains(name)) {
            throw unknown(name);
        }
        long created = model == null ? createdSeconds : model.createdSeconds();
        return Json.write(generator -> write(generator, name, created));
    }

    private static void write(JsonGenerator generator, String name, long created) throws IOException {
        generator.writeStartObject();
        generator.writeStringField("id", name);
        generator.writeStringField("object", "model");
        generator.writeNumberField("created", created);
        generator.writeStringField("owned_by", "gondola");
        generator.writeEndObject();
    }
}
