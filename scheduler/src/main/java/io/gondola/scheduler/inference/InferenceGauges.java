package io.gondola.scheduler.inference;

/**
 * The state of one model's queues in numbers, all its versions together.
 *
 * @param waiting inferences that wait
 * @param waitingBytes bytes of their tensors
 * @param running inferences that workers have
 * @param workers that have a version of it
 * @param instances batches that can run at once
 */
public record InferenceGauges(int waiting, long waitingBytes, int running, int workers, int instances) {

    /** Of a model that is not there. */
    public static final InferenceGauges NONE = new InferenceGauges(0, 0, 0, 0, 0);

    InferenceGauges plus(InferenceGauges other) {
        return new InferenceGauges(
                waiting + other.waiting,
                waitingBytes + other.waitingBytes,
                running + other.running,
                workers + other.workers,
                instances + other.instances);
    }

    /** Waiting and running: what scaling looks at. */
    public int demand() {
        return waiting + running;
    }
}
