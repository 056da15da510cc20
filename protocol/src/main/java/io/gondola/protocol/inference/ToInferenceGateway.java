package io.gondola.protocol.inference;

import io.gondola.protocol.Rejection;
import java.util.List;

/**
 * What a gateway is told of inferences. What an owner of their queues says carries its epoch, the name of this life of it:
 * of two owners the later counts, see {@link io.gondola.protocol.OwnerWatch}.
 */
public sealed interface ToInferenceGateway {

    /** Results of one batch, straight from the worker, in the order of the batch. */
    record Results(String workerId, List<InferenceResult> results) implements ToInferenceGateway {
        public Results {
            results = List.copyOf(results);
        }
    }

    /** The scheduler will not run these. */
    record Refused(long epoch, List<InferenceId> ids, Rejection rejection) implements ToInferenceGateway {
        public Refused {
            ids = List.copyOf(ids);
        }
    }

    /** These of {@link ToInferenceScheduler.Inquire} are neither waiting nor running as far as the owner knows. */
    record NotHere(long epoch, List<InferenceId> ids) implements ToInferenceGateway {
        public NotHere {
            ids = List.copyOf(ids);
        }
    }

    /**
     * The owner lives, and has these models: to all gateways when it begins, with each change, and each {@link
     * #PERIOD_MILLIS}.
     *
     * @param isComplete whether there are no others; an owner that is young has not heard of all
     * @param models in service
     * @param workers that have a model repository, with or without a model in service
     */
    record Models(long epoch, boolean isComplete, List<ModelStatus> models, List<String> workers)
            implements ToInferenceGateway {

        public static final long PERIOD_MILLIS = 500;

        public Models {
            models = List.copyOf(models);
            workers = List.copyOf(workers);
        }
    }

    /**
     * A worker has done what {@link ToInferenceWorker.ChangeModel} asked for, or could not.
     *
     * @param outcome what it came to
     * @param error why it could not; empty when it did
     */
    record ModelChanged(InferenceId requestId, String workerId, Change outcome, String error)
            implements ToInferenceGateway {}

    /** What a worker did about a change. The wire carries the ordinal: append, never reorder. */
    enum Change {
        DONE,
        /** Nothing, because its repository has no such model, or the model was not loaded. */
        NOT_THERE,
        FAILED
    }
}
