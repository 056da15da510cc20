package io.gondola.protocol.inference;

/**
 * A version of a model as its scheduler knows it: what gateways show, and check requests by.
 *
 * @param model what it is
 * @param workers that have it loaded; 0 where requests are held until one does again
 * @param statistics of all these workers together
 */
public record ModelStatus(TensorModel model, int workers, ModelStatistics statistics) {}
