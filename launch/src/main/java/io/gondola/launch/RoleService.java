package io.gondola.launch;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the processes of all roles have in common: one line that says where each is, and an end that comes once, whoever
 * asks for it and how often.
 */
public abstract class RoleService implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(RoleService.class);

    private final Command role;
    private final String nodeId;
    private boolean closed;
    private volatile boolean leaving;

    /** @param nodeId the name of this process in its cluster */
    protected RoleService(Command role, String nodeId) {
        this.role = role;
        this.nodeId = nodeId;
    }

    /** Goes with grace, at its own pace; called once. */
    protected abstract void leave();

    /** Whether it is about to go: nothing new is to come. */
    protected final boolean isLeaving() {
        return leaving;
    }

    /**
     * The one line.
     *
     * @param state what it is: ready, or less than that
     * @param details what it has
     */
    protected final String announcement(String state, String url, String details) {
        return "Gondola " + role.word() + " is " + state + ": " + url + " (" + details + "; node " + nodeId + ")";
    }

    @Override
    public final void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        leaving = true;
        leave();
        LOG.info("Left");
    }
}
