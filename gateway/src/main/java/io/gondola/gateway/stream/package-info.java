/** Answers that are streams: server-sent events to a client that may read slowly, and the text of one choice. */
@NullMarked
package io.gondola.gateway.stream;

import org.jspecify.annotations.NullMarked;
