package io.gondola.worker.runtime;

import io.gondola.protocol.ToWorker;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The bounded queue between the event loop, which never waits here, and one step loop's thread, which parks here while
 * nothing is aboard.
 *
 * <p>Generations and revocations have a limit each: a flood of admissions must not keep out the revocation that would
 * free a slot.
 */
final class Inbox {

    private final int generationsMax;
    private final int revokesMax;
    private final ArrayDeque<Command> commands = new ArrayDeque<>();
    private int generations;
    private int revokes;
    private boolean closed;

    Inbox(int generationsMax, int revokesMax) {
        this.generationsMax = generationsMax;
        this.revokesMax = revokesMax;
    }

    /** Takes the command, or returns false where a limit is met or the inbox is closed. */
    synchronized boolean tryPut(Command command) {
        int moreGenerations = command.message() instanceof ToWorker.Admit admit
                ? admit.generations().size()
                : 0;
        // A message about nothing still takes room.
        int moreRevokes = command.message() instanceof ToWorker.Revoke revoke
                ? Math.max(1, revoke.refs().size())
                : moreGenerations == 0 ? 1 : 0;
        if (closed || generations + moreGenerations > generationsMax || revokes + moreRevokes > revokesMax) {
            return false;
        }
        generations += moreGenerations;
        revokes += moreRevokes;
        commands.add(command);
        notifyAll();
        return true;
    }

    /**
     * Moves everything that waits into {@code target}.
     *
     * @param wait whether to wait for the first command
     * @return false once the inbox is closed
     */
    synchronized boolean drainTo(List<Command> target, boolean wait) throws InterruptedException {
        while (wait && commands.isEmpty() && !closed) {
            wait();
        }
        target.addAll(commands);
        commands.clear();
        generations = 0;
        revokes = 0;
        return !closed;
    }

    /** Refuses commands from now on and wakes the reader. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
