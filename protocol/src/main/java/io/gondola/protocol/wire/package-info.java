/** The wire form of the protocol: a versioned binary codec and the event-bus addresses. */
@NullMarked
package io.gondola.protocol.wire;

import org.jspecify.annotations.NullMarked;
