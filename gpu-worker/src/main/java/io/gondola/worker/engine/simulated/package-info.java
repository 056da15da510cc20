/** An engine that computes nothing: a cost model and a deterministic text. */
@NullMarked
package io.gondola.worker.engine.simulated;

import org.jspecify.annotations.NullMarked;
