package io.gondola.gateway.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of one event loop that have something to write. They are written once what has arrived by now has been
 * taken in: while the event loop keeps up, that is at once; when several messages from workers wait, their tokens go out
 * with one write for each connection, and a write is what a token mostly costs.
 */
public final class WriteRound {

    private static final Logger LOG = LoggerFactory.getLogger(WriteRound.class);

    private final Executor later;
    private List<SseStream> waiting = new ArrayList<>();
    private List<SseStream> written = new ArrayList<>();

    /** @param later runs a task on the event loop, behind all that waits for it */
    public WriteRound(Executor later) {
        this.later = later;
    }

    /** Each stream is in it at most once. */
    void add(SseStream stream) {
        if (waiting.isEmpty()) {
            later.execute(this::writeAll);
        }
        waiting.add(stream);
    }

    private void writeAll() {
        List<SseStream> round = waiting;
        waiting = written;
        written = round;
        for (SseStream stream : round) {
            try {
                stream.write();
            } catch (RuntimeException fault) {
                // One client's, and not that of the others in the round.
                LOG.error("a stream could not be written", fault);
                stream.abort();
            }
        }
        round.clear();
    }
}
