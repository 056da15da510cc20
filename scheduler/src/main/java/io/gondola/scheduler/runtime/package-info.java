/** The verticle around the core: decodes messages, calls it, carries out its effects, arms one timer, counts. */
@NullMarked
package io.gondola.scheduler.runtime;

import org.jspecify.annotations.NullMarked;
