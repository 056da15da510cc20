/**
 * The words the three roles say to each other: immutable records, filed by who receives them ({@link
 * io.gondola.protocol.ToScheduler}, {@link io.gondola.protocol.ToWorker}, {@link io.gondola.protocol.ToGateway}).
 * Those three files are the map of the system.
 */
@NullMarked
package io.gondola.protocol;

import org.jspecify.annotations.NullMarked;
