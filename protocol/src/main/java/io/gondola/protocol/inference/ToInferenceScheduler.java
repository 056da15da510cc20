package io.gondola.protocol.inference;

import java.util.List;

/** What the scheduler of inferences is told, by gateways and by workers. */
public sealed interface ToInferenceScheduler {

    /** A gateway hands over an inference. Answered by a result or a refusal, once. */
    record Submit(InferenceRequest request) implements ToInferenceScheduler {}

    /** A gateway no longer wants these: its client left. */
    record Cancel(List<InferenceId> ids) implements ToInferenceScheduler {
        public Cancel {
            ids = List.copyOf(ids);
        }
    }

    /**
     * A gateway asks after inferences that it has heard nothing of for a while. Those that are not here are named in {@link
     * ToInferenceGateway.NotHere}: their submission was lost, or their result was, or an owner was replaced.
     */
    record Inquire(String gatewayId, List<InferenceId> ids) implements ToInferenceScheduler {
        public Inquire {
            ids = List.copyOf(ids);
        }
    }

    /** A gateway has just started and wants to know the models. */
    record TellModels(String gatewayId) implements ToInferenceScheduler {}

    /**
     * A worker has loaded a version of a model and takes batches. Answered by {@link ToInferenceWorker.Welcome}, by {@link
     * ToInferenceWorker.LoadAgain} where an operator has asked for other settings meanwhile, or by {@link
     * ToInferenceWorker.Refused}; repeated until it is welcome.
     */
    record ModelLoaded(String workerId, TensorModel model, LoadOrigin origin) implements ToInferenceScheduler {}

    /**
     * A worker wants to unload a version: no new batches, please. Answered by {@link ToInferenceWorker.Released} once
     * nothing of it waits for that worker or runs there; repeated until it is.
     */
    record ModelLeaving(String workerId, String model, long version) implements ToInferenceScheduler {}

    /**
     * A worker is about to go: no new batches for this version, please. Answered by {@link ToInferenceWorker.Released} once
     * nothing of it runs there; repeated until it is. Other than with {@link ModelLeaving}, the version stays known.
     */
    record ModelDraining(String workerId, String model, long version) implements ToInferenceScheduler {}

    /**
     * A batch is done; its results went to the gateways before.
     *
     * @param runs runs of the engine that it took: more than one where requests failed
     * @param runNanos what they took together
     * @param statistics of the version on this worker so far, with those batch sizes alone that changed
     */
    record BatchDone(
            String workerId,
            String model,
            long version,
            long batchId,
            int runs,
            long runNanos,
            ModelStatistics statistics)
            implements ToInferenceScheduler {}

    /**
     * A worker lives, and has these batches. Sent each {@link #PERIOD_MILLIS}: a batch that got lost on the way is found
     * by its absence, and so is a worker.
     */
    record WorkerAlive(String workerId, List<Running> running) implements ToInferenceScheduler {

        public static final long PERIOD_MILLIS = 500;

        public WorkerAlive {
            running = List.copyOf(running);
        }
    }

    /**
     * Batches of one version that a worker has.
     *
     * @param statistics of the version since this worker loaded it
     */
    record Running(String model, long version, List<Long> batchIds, ModelStatistics statistics) {
        public Running {
            batchIds = List.copyOf(batchIds);
        }
    }

    /** A worker goes; what it still had must run elsewhere. */
    record WorkerGone(String workerId) implements ToInferenceScheduler {}
}
