/**
 * The scheduler core in a world of virtual time, drawn from a seed: gateways, workers, clients, a network and their
 * mishaps. The tests of the core and the users' tool share it; no other package of the scheduler may know it.
 */
@NullMarked
package io.gondola.scheduler.simulation;

import org.jspecify.annotations.NullMarked;
