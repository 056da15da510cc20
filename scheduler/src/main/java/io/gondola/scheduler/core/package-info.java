/**
 * The scheduler's decisions, pure: the core is told what happened and what
 * time it is, and answers with effects. No clock, thread, random source, I/O or logger; iteration is deterministic, so
 * that the same events give the same effects.
 */
@NullMarked
package io.gondola.scheduler.core;

import org.jspecify.annotations.NullMarked;
