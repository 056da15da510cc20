/** A gateway's settings. */
@NullMarked
package io.gondola.gateway.launch;

import org.jspecify.annotations.NullMarked;
