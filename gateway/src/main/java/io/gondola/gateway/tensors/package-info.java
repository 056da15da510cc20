/** Tensors as clients write and read them: JSON, the protocol's binary form, and the models they are for. No Vert.x. */
@NullMarked
package io.gondola.gateway.tensors;

import org.jspecify.annotations.NullMarked;
