/** A scheduler's settings. */
@NullMarked
package io.gondola.scheduler.launch;

import org.jspecify.annotations.NullMarked;
