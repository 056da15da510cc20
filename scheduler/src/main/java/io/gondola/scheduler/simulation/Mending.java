package io.gondola.scheduler.simulation;

/** What gateways do to mend what was lost, one by one: a test leaves one out, to see that it is missed. */
enum Mending {
    /** A gateway asks after what gives no sign of life. */
    INQUIRY,
    /** A gateway says a submission again that nobody answered. */
    SUBMIT_AGAIN
}
