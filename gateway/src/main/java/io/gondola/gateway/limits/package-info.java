/** What bounds a gateway, by name. */
@NullMarked
package io.gondola.gateway.limits;

import org.jspecify.annotations.NullMarked;
