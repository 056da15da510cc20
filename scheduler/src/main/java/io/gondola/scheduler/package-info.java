@NullMarked
package io.gondola.scheduler;

import org.jspecify.annotations.NullMarked;
