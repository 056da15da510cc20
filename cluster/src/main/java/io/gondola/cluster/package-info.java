/**
 * The roles as processes: who is there (Hazelcast), where messages go (the event bus of Vert.x), and who owns the queue
 * of a model.
 */
@NullMarked
package io.gondola.cluster;

import org.jspecify.annotations.NullMarked;
