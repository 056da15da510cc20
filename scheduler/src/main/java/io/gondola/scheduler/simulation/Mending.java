package io.gondola.scheduler.simulation;

/** What mends what was lost, one by one: a test leaves one out, and nothing else, to see that it is missed. */
enum Mending {
    /** A gateway asks after what gives no sign of life. */
    INQUIRY,
    /** A gateway says a submission again that nobody answered. */
    SUBMIT_AGAIN,
    /** A gateway cancels again what goes on though it was cancelled. */
    CANCEL_AGAIN,
    /** A gateway sees that tokens are missing before those that came. */
    GAP,
    /** A worker that was welcomed says its census again and again. */
    CENSUS,
    /** A census shows that an admission, or a report of an end, was lost; without this it is no more than a sign of life. */
    CENSUS_MISSING,
    /** Who is aboard and should not be is told again to leave, for each census that names it. */
    REVOKE_AGAIN,
    /** An owner says that it lives. */
    OWNER_ALIVE
}
