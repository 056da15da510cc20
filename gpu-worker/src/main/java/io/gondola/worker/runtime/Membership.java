package io.gondola.worker.runtime;

import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.ToScheduler;
import io.vertx.core.Vertx;

/**
 * One model's standing with its scheduler: says WorkerJoined until Welcome comes, at a pace that doubles up to a limit.
 *
 * <pre>
 *   joining --welcomed()--> member --leave()--> left
 *      |                                         ^
 *      +------------------leave()----------------+
 * </pre>
 */
final class Membership {

    private enum State {
        JOINING,
        MEMBER,
        LEFT
    }

    private final Vertx vertx;
    private final WorkerConfig config;
    private final ModelDescription model;
    private final Outbox outbox;
    private State state = State.JOINING;
    private long retryMillis;

    Membership(Vertx vertx, WorkerConfig config, ModelDescription model, Outbox outbox) {
        this.vertx = vertx;
        this.config = config;
        this.model = model;
        this.outbox = outbox;
        this.retryMillis = config.joinRetryMillisMin();
    }

    /** Says WorkerJoined, and again later unless something changed meanwhile. */
    synchronized void join() {
        if (state != State.JOINING) {
            return;
        }
        outbox.toScheduler(model.model(), new ToScheduler.WorkerJoined(config.workerId(), model));
        vertx.setTimer(retryMillis, timer -> join());
        retryMillis = Math.min(retryMillis * 2, config.joinRetryMillisMax());
    }

    synchronized void welcomed() {
        if (state == State.JOINING) {
            state = State.MEMBER;
        }
    }

    synchronized boolean isMember() {
        return state == State.MEMBER;
    }

    /** Says WorkerLeft, once. */
    synchronized void leave() {
        if (state != State.LEFT) {
            state = State.LEFT;
            outbox.toScheduler(model.model(), new ToScheduler.WorkerLeft(config.workerId(), model.model()));
        }
    }
}
