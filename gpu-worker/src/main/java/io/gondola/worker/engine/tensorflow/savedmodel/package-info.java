/** TensorFlow's SavedModels as models that take tensors. */
@NullMarked
package io.gondola.worker.engine.tensorflow.savedmodel;

import org.jspecify.annotations.NullMarked;
