/** A worker's settings, and the loading of its engines. */
@NullMarked
package io.gondola.worker.launch;

import org.jspecify.annotations.NullMarked;
