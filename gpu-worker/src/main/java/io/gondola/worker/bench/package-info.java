/** What an engine reaches on this machine, and what the machine could give. */
@NullMarked
package io.gondola.worker.bench;

import org.jspecify.annotations.NullMarked;
