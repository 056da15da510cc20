package io.gondola.protocol.inference;

import io.gondola.protocol.Rejection;
import java.util.List;

/** What a gateway is told of inferences. */
public sealed interface ToInferenceGateway {

    /** Results of one batch, straight from the worker, in the order of the batch. */
    record Results(String workerId, List<InferenceResult> results) implements ToInferenceGateway {
        public Results {
            results = List.copyOf(results);
        }
    }

    /** The scheduler will not run these. */
    record Refused(List<InferenceId> ids, Rejection rejection) implements ToInferenceGateway {
        public Refused {
            ids = List.copyOf(ids);
        }
    }

    /** All models in service: to all gateways with each change, and each {@link #PERIOD_MILLIS}. */
    record Models(List<ModelStatus> models) implements ToInferenceGateway {

        public static final long PERIOD_MILLIS = 1_000;

        public Models {
            models = List.copyOf(models);
        }
    }

    /**
     * A worker has done what {@link ToInferenceWorker.ChangeModel} asked for, or could not.
     *
     * @param error why it could not; empty when it did
     */
    record ModelChanged(InferenceId requestId, String workerId, String error) implements ToInferenceGateway {}
}
