/** API keys: who a request is from, and what its owner may ask for. */
@NullMarked
package io.gondola.gateway.keys;

import org.jspecify.annotations.NullMarked;
