/** Models that take tensors, as directories: which there are, in which versions, and how each is to be run. */
@NullMarked
package io.gondola.worker.repository;

import org.jspecify.annotations.NullMarked;
