/** Inferences on a worker: batches come in, run on threads of their own, and results go straight to the gateways. */
@NullMarked
package io.gondola.worker.inference;

import org.jspecify.annotations.NullMarked;
