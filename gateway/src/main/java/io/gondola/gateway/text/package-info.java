/** Between text and tokens: tokenizer, chat template, stop strings, and the files of a model directory. */
@NullMarked
package io.gondola.gateway.text;

import org.jspecify.annotations.NullMarked;
