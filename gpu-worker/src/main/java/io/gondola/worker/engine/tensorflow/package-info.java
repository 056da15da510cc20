/**
 * The TensorFlow engine: decoder graphs built from Hugging Face directories.
 *
 * <p>Loading: {@code Architecture} recognises config.json and makes a {@code DecoderDescription} and a list of {@code
 * WeightSpec}s of it; {@code WeightPlan} finds these in the checkpoint; {@code WeightVariables} and {@code KvCache} put
 * variables into the graph, {@code DecoderNet} the computation. A new family of models is a new architecture.
 *
 * <p>A step: {@code Pass} plans what one run of the graph computes, {@code PassRunner} lays the tokens out and runs it,
 * {@code StepResults} draws tokens from what it gives.
 */
@NullMarked
package io.gondola.worker.engine.tensorflow;

import org.jspecify.annotations.NullMarked;
