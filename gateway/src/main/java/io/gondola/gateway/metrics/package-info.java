/** What a gateway counts and measures. */
@NullMarked
package io.gondola.gateway.metrics;

import org.jspecify.annotations.NullMarked;
