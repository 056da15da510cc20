/**
 * The gateway's side of the event bus: generations from their submission to their one end. Knows tokens, no text and no
 * HTTP.
 */
@NullMarked
package io.gondola.gateway.dispatch;

import org.jspecify.annotations.NullMarked;
