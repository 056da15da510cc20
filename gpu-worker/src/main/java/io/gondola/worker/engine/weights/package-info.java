/** Hugging Face model directories: config.json and safetensors files, checked before a byte of them is believed. */
@NullMarked
package io.gondola.worker.engine.weights;

import org.jspecify.annotations.NullMarked;
