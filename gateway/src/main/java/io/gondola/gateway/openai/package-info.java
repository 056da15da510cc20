/** OpenAI's words: bodies to valid immutable requests, and the shapes of what is answered. Knows no HTTP server. */
@NullMarked
package io.gondola.gateway.openai;

import org.jspecify.annotations.NullMarked;
