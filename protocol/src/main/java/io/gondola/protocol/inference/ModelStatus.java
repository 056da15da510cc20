package io.gondola.protocol.inference;

/**
 * A version of a model as its scheduler knows it: what gateways show, and check requests by.
 *
 * @param model what it is
 * @param workers that have it loaded
 * @param inferences rows computed, by all workers
 * @param runs of the engine that computed them
 */
public record ModelStatus(TensorModel model, int workers, long inferences, long runs) {}
