/**
 * The words of tensor inferences: tensors, signatures, and what gateway, scheduler and worker tell each other of them.
 *
 * <p>Apart from the words of generations ({@link io.gondola.protocol}), because they share no message: an inference has
 * no state, no tokens and no steps.
 */
@NullMarked
package io.gondola.protocol.inference;

import org.jspecify.annotations.NullMarked;
