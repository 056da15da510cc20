package io.gondola.worker.runtime;

import io.gondola.protocol.ToWorker;

/**
 * A message for a step loop with the moment it came, because deadlines count from there and not from the end of the step
 * it waited for.
 *
 * @param message what to do
 * @param receivedNanos the worker's clock when it came
 */
record Command(ToWorker message, long receivedNanos) {}
