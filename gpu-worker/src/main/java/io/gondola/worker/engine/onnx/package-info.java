/** {@code .onnx} files as models that take tensors, through ONNX Runtime. */
@NullMarked
package io.gondola.worker.engine.onnx;

import org.jspecify.annotations.NullMarked;
