package io.gondola.protocol;

/**
 * A message to a worker with its fence: from which life of the queue's owner it comes, and its number among what that
 * owner has told workers.
 *
 * <p>Epoch and number together are a fencing token: a worker heeds one owner at a time, and of its messages only such
 * as are newer than the newest it has seen. So a repeated message does nothing, and one that was overtaken counts as
 * lost. What is lost shows in the worker's next {@link ToScheduler.Census}.
 *
 * @param epoch the owner's life, as in {@link OwnerAlive}
 * @param number counts that owner's messages to workers, from 1; each worker sees gaps
 */
public record Fenced(long epoch, long number, ToWorker message) {}
