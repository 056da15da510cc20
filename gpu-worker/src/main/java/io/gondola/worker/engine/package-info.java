/** What the step loop asks of an engine. Engines live in the packages below and never see the event bus. */
@NullMarked
package io.gondola.worker.engine;

import org.jspecify.annotations.NullMarked;
