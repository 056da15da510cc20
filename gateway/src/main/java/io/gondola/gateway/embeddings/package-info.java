/** {@code POST /v1/embeddings}: texts in, vectors out, through models that take tokens. */
@NullMarked
package io.gondola.gateway.embeddings;

import org.jspecify.annotations.NullMarked;
