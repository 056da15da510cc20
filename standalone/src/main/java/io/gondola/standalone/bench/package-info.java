/** What Gondola itself costs: load, clients in a process of their own, and what they and the server used. */
@NullMarked
package io.gondola.standalone.bench;

import org.jspecify.annotations.NullMarked;
