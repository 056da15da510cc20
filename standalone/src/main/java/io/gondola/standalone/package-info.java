/** All roles in one JVM: the quick start, and the harness of the integration tests. */
@NullMarked
package io.gondola.standalone;

import org.jspecify.annotations.NullMarked;
