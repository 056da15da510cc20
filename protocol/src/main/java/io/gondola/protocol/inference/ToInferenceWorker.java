package io.gondola.protocol.inference;

import java.util.List;

/** What a worker of inferences is told by their scheduler. */
public sealed interface ToInferenceWorker {

    /** The scheduler knows that this version is loaded. */
    record Welcome(String model, long version) implements ToInferenceWorker {}

    /**
     * An operator asked for a model's settings when this worker was not there, or did not hear it: load it again with them.
     *
     * @param settings in the place of those that lie beside the model; empty for those
     * @param askedMillis when that was; see {@link LoadOrigin}
     */
    record LoadAgain(String model, String settings, long askedMillis) implements ToInferenceWorker {}

    /** This version is not taken from this worker, because it is another than those that serve it have. */
    record Refused(String model, long version, String reason) implements ToInferenceWorker {}

    /**
     * These run together. The worker sends results to the gateways, then {@link ToInferenceScheduler.BatchDone}.
     *
     * @param batchId distinct among the batches of this version on this worker
     * @param requests of one shape, in the order in which their results go out
     * @param queueNanos how long each of them waited, in the same order
     */
    record RunBatch(String model, long version, long batchId, List<InferenceRequest> requests, List<Long> queueNanos)
            implements ToInferenceWorker {
        public RunBatch {
            requests = List.copyOf(requests);
            queueNanos = List.copyOf(queueNanos);
            if (requests.isEmpty() || requests.size() != queueNanos.size()) {
                throw new IllegalArgumentException(requests.size() + " requests, " + queueNanos.size() + " waits");
            }
        }
    }

    /** Nothing of this version runs or will run there: it may be unloaded. */
    record Released(String model, long version) implements ToInferenceWorker {}

    /** An owner has just begun, or has heard from a worker that it does not know: say again what is loaded. */
    record TellModels() implements ToInferenceWorker {}

    /**
     * An operator wants a model of the repository loaded, loaded again, or unloaded. Published to all workers; each answers
     * with {@link ToInferenceGateway.ModelChanged} when it is done.
     *
     * @param requestId what the answer names
     * @param gatewayId who is to be told
     * @param isLoad whether it is to be loaded or unloaded
     * @param settings in the place of those that lie beside the model, in the same form; empty for those
     * @param askedMillis when, in milliseconds since 1970: of two loads the later counts
     */
    record ChangeModel(
            InferenceId requestId, String gatewayId, String model, boolean isLoad, String settings, long askedMillis)
            implements ToInferenceWorker {

        /** Settings are a page of text. */
        public static final int SETTINGS_CHARS_MAX = 65_536;
    }
}
