package io.gondola.gateway.embeddings;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.TensorModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The models that give embeddings among all that there are. */
public final class EmbeddingModels {

    private final TensorModels tensors;
    private final ServedModels texts;

    public EmbeddingModels(TensorModels tensors, ServedModels texts) {
        this.tensors = tensors;
        this.texts = texts;
    }

    /**
     * The newest version of the model of this name, or of the only one there is.
     *
     * @throws ApiException 404 where there is none of that name, 400 where it gives no embeddings
     */
    public TensorModel require(@Nullable String name) {
        if (name == null) {
            return requireOnly();
        }
        if (!tensors.has(name)) {
            if (texts.has(name)) {
                throw notSupported(name, "it generates text");
            }
            throw ServedModels.unknown(name);
        }
        TensorModel model = tensors.require(name, InferenceRequest.LATEST).model();
        if (model.embedding() == null) {
            throw notSupported(name, "it takes tensors");
        }
        return model;
    }

    private TensorModel requireOnly() {
        List<String> names = tensors.embeddingNames();
        if (names.size() != 1) {
            throw ApiException.invalid(
                    "model",
                    "missing_required_parameter",
                    names.isEmpty()
                            ? "No model that gives embeddings is served."
                            : "Missing required parameter: 'model', one of " + names + ".");
        }
        return tensors.require(names.get(0), InferenceRequest.LATEST).model();
    }

    private ApiException notSupported(String name, String what) {
        List<String> names = tensors.embeddingNames();
        return ApiException.invalid(
                "model",
                "model_not_supported",
                "The model '" + name + "' does not give embeddings: " + what + ". "
                        + (names.isEmpty() ? "No model here does." : "Those that do: " + names + "."));
    }
}
