/** The step loop: admits, plans, runs the engine, and sends tokens out between two steps. */
@NullMarked
package io.gondola.worker.runtime;

import org.jspecify.annotations.NullMarked;
