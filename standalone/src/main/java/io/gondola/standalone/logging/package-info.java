/** What the logs look like. */
@NullMarked
package io.gondola.standalone.logging;

import org.jspecify.annotations.NullMarked;
