/** The TensorFlow engine: decoder graphs built from Hugging Face directories. */
@NullMarked
package io.gondola.worker.engine.tensorflow;

import org.jspecify.annotations.NullMarked;
