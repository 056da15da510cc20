/** Data structures that know nothing of scheduling. */
@NullMarked
package io.gondola.scheduler.collect;

import org.jspecify.annotations.NullMarked;
