package io.gondola.gateway.grpc;

import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.tensors.KserveMetadata;
import io.gondola.gateway.tensors.KserveTarget;
import io.gondola.gateway.tensors.ServedStatistics;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ModelStatus;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What is served, as {@code /v2} describes it in JSON. Methods throw a 404 for a model that there is not. */
final class Descriptions {

    private final TensorModels tensors;
    private final ServedModels texts;
    private final ServedStatistics statistics;
    private final BooleanSupplier ready;

    Descriptions(TensorModels tensors, ServedModels texts, ServedStatistics statistics, BooleanSupplier ready) {
        this.tensors = tensors;
        this.texts = texts;
        this.statistics = statistics;
        this.ready = ready;
    }

    byte[] server() {
        return KserveMetadata.server();
    }

    /** Whether this version can be asked; false for one that there is not. */
    boolean isReady(String name, String version) {
        long number = KserveTarget.version(version);
        if (tensors.has(name)) {
            ModelStatus status = tensors.tryFind(name, number);
            return status != null && status.workers() > 0;
        }
        return isText(name) && isTextVersion(number) && ready.getAsBoolean();
    }

    byte[] model(String name, String version) {
        long number = KserveTarget.version(version);
        if (isText(name) && isTextVersion(number)) {
            return KserveMetadata.textModel(name);
        }
        ModelStatus status = tensors.require(name, number);
        return KserveMetadata.model(status, tensors.versions(name).keySet());
    }

    /** @param name empty for all models */
    byte[] statistics(String name, String version) {
        if (name.isEmpty()) {
            return statistics.ofAll();
        }
        return statistics.of(name, KserveTarget.version(version));
    }

    /** @param isReadyOnly without the models that cannot be asked */
    byte[] index(boolean isReadyOnly) {
        List<String> names = texts.all().stream().map(ServedModel::name).toList();
        return KserveMetadata.index(tensors.all(), names, ready.getAsBoolean(), isReadyOnly);
    }

    /** A name may be both: then it is the one that takes tensors. */
    private boolean isText(String name) {
        return texts.has(name) && !tensors.has(name);
    }

    private static boolean isTextVersion(long version) {
        return version == InferenceRequest.LATEST || version == ServedModel.VERSION;
    }
}
