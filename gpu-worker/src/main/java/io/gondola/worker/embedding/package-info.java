/** Models that give embeddings: what is done with the outputs of their graph until they are vectors. */
@NullMarked
package io.gondola.worker.embedding;

import org.jspecify.annotations.NullMarked;
