/**
 * Who is there, and whether the book says what they say: pure as the core, which asks it. Silence is missed here, and
 * what messages lost comes to light and is mended.
 */
@NullMarked
package io.gondola.scheduler.presence;

import org.jspecify.annotations.NullMarked;
