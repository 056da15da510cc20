/** What a gateway writes down of its requests for a later replay: sizes, times and fates, never a text or a name. */
@NullMarked
package io.gondola.gateway.trace;

import org.jspecify.annotations.NullMarked;
