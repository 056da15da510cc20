@NullMarked
package io.gondola.gateway;

import org.jspecify.annotations.NullMarked;
