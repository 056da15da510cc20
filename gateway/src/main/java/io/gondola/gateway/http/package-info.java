/** The HTTP server: routes, bodies, errors, health, models, metrics; and the calls that turn generations into answers. */
@NullMarked
package io.gondola.gateway.http;

import org.jspecify.annotations.NullMarked;
