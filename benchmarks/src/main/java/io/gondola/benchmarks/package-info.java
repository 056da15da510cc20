/** What the scheduler core's decisions cost. */
@NullMarked
package io.gondola.benchmarks;

import org.jspecify.annotations.NullMarked;
