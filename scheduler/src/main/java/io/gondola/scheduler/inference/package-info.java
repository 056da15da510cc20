/**
 * Dynamic batching of tensor inferences, pure: {@code on(event, nowNanos) -> effects}. No clock, thread, chance or I/O, as
 * in {@link io.gondola.scheduler.core}; docs/adr/0009 says why it is a core of its own.
 */
@NullMarked
package io.gondola.scheduler.inference;

import org.jspecify.annotations.NullMarked;
