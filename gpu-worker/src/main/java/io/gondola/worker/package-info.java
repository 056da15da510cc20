@NullMarked
package io.gondola.worker;

import org.jspecify.annotations.NullMarked;
