package io.gondola.gateway.dispatch;

/**
 * Where a generation is, as its gateway knows it.
 *
 * <pre>
 *  SUBMITTED --Accepted--&gt; ACCEPTED --first chunk--&gt; RUNNING
 *   ^  |  |                   |                        |  |
 *   |  |  +---- first chunk (it overtook Accepted) ---&gt;+  |
 *   |  |                      |                        |  |
 *   +--|------ attempt lost --+------------------------+  |
 *      |                      |                           |
 *      +----------------------+-------&gt; ENDED &lt;-----------+
 * </pre>
 */
enum GenerationState {
    /** The scheduler has not answered. */
    SUBMITTED,
    /** It is in the scheduler's queue, or in prefill. */
    ACCEPTED,
    /** The worker has sent something. */
    RUNNING,
    /** Whatever comes now is ignored. */
    ENDED;

    boolean canBecome(GenerationState next) {
        switch (this) {
            case SUBMITTED:
                return true;
            case ACCEPTED:
                return next != ACCEPTED;
            case RUNNING:
                return next == SUBMITTED || next == ENDED;
            default:
                return false;
        }
    }
}
