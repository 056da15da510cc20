package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.OtherModels;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ModelStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The models that take tensors, as the scheduler told them last. Written by one event loop, read by any thread. */
public final class TensorModels implements OtherModels {

    private volatile NavigableMap<String, NavigableMap<Long, ModelStatus>> models = new TreeMap<>();

    /** Those there are now; with those known before, where the scheduler has not heard of all yet. */
    public void onTold(List<ModelStatus> statuses, boolean isComplete) {
        NavigableMap<String, NavigableMap<Long, ModelStatus>> told = new TreeMap<>();
        if (!isComplete) {
            models.forEach((name, versions) -> told.put(name, new TreeMap<>(versions)));
        }
        for (ModelStatus status : statuses) {
            told.computeIfAbsent(status.model().name(), name -> new TreeMap<>())
                    .put(status.model().version(), status);
        }
        models = told;
    }

    public boolean isEmpty() {
        return models.isEmpty();
    }

    @Override
    public boolean has(String name) {
        return models.containsKey(name);
    }

    /** By their newest versions. */
    @Override
    public List<String> embeddingNames() {
        List<String> names = new ArrayList<>();
        models.forEach((name, versions) -> {
            if (versions.lastEntry().getValue().model().embedding() != null) {
                names.add(name);
            }
        });
        return names;
    }

    /** By name and version. */
    public List<ModelStatus> all() {
        List<ModelStatus> all = new ArrayList<>();
        models.values().forEach(versions -> all.addAll(versions.values()));
        return all;
    }

    /** The versions of a model in order; 404 for one that is not there. */
    public NavigableMap<Long, ModelStatus> versions(String name) {
        NavigableMap<Long, ModelStatus> versions = models.get(name);
        if (versions == null) {
            throw new ApiException(
                    404,
                    "invalid_request_error",
                    "model_not_found",
                    "model",
                    "Request for unknown model: '" + shortened(name) + "' is not found");
        }
        return versions;
    }

    /** A version of a model, or its newest; 404 for one that is not there. */
    public ModelStatus require(String name, long version) {
        versions(name);
        ModelStatus status = tryFind(name, version);
        if (status == null) {
            throw KserveTarget.unknownVersion(name, version);
        }
        return status;
    }

    /** A version of a model, or its newest; null for one that is not there. */
    public @Nullable ModelStatus tryFind(String name, long version) {
        NavigableMap<Long, ModelStatus> versions = models.get(name);
        if (versions == null) {
            return null;
        }
        return version == InferenceRequest.LATEST ? versions.lastEntry().getValue() : versions.get(version);
    }

    /** Whether the first dimension of this version's outputs is a batch, as of one that has just gone is taken for granted. */
    public boolean isBatched(String name, long version) {
        ModelStatus status = tryFind(name, version);
        return status == null || status.model().batching().maxBatchSize() > 0;
    }

    /** The only model there is; a 400 that asks for a name where there are several. */
    public ModelStatus requireOnly() {
        if (models.size() != 1) {
            throw ApiException.invalid(
                    "model",
                    "missing_required_parameter",
                    models.isEmpty()
                            ? "No model that takes tensors is served."
                            : "Missing required parameter: 'model', one of " + models.keySet() + ".");
        }
        return models.firstEntry().getValue().lastEntry().getValue();
    }

    private static String shortened(String name) {
        return name.length() <= 80 ? name : name.substring(0, 80) + "...";
    }
}
