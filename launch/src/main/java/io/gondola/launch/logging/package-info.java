/** What the logs look like. */
@NullMarked
package io.gondola.launch.logging;

import org.jspecify.annotations.NullMarked;
