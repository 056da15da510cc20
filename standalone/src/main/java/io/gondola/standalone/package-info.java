@NullMarked
package io.gondola.standalone;

import org.jspecify.annotations.NullMarked;
