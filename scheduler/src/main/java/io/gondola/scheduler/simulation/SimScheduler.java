package io.gondola.scheduler.simulation;

import io.gondola.protocol.ToScheduler;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerCore;
import io.gondola.scheduler.core.SchedulerEvent;
import java.util.List;
import java.util.function.UnaryOperator;

/** One life of the queue's owner in a simulated world; the second book is checked after each of its events. */
final class SimScheduler {

    private final SimWorld world;
    private final UnaryOperator<List<Effect>> filter;
    final long epoch;
    final SchedulerCore core;
    final SchedulerInvariants invariants;
    private final boolean isChecked;
    private boolean isGone;
    private long timer;

    SimScheduler(SimWorld world, long epoch, UnaryOperator<List<Effect>> filter, boolean isChecked) {
        this.world = world;
        this.epoch = epoch;
        this.filter = filter;
        this.isChecked = isChecked;
        core = new SchedulerCore(SimWorld.MODEL, epoch, world.limits);
        invariants = new SchedulerInvariants(epoch, world.limits);
    }

    /** Every second one is told by the cluster who there is; the others find out. */
    void begin() {
        on(
                epoch % 2 == 0
                        ? new SchedulerEvent.TimePassed()
                        : new SchedulerEvent.WorkersPresent(world.workers.keySet()));
    }

    void on(ToScheduler message) {
        on(new SchedulerEvent.Received(message));
    }

    /** Its process is gone. */
    void die() {
        isGone = true;
    }

    private void on(SchedulerEvent event) {
        if (isGone) {
            return;
        }
        List<Effect> effects = filter.apply(core.on(event, world.nowNanos()));
        world.trace(epoch, event, effects);
        if (isChecked) {
            invariants.check(event, world.nowNanos(), effects, core);
        }
        for (Effect effect : effects) {
            if (world.omissions.isDone(event, effect)) {
                world.carryOut(epoch, effect);
            }
        }
        long due = core.nextDueNanos();
        long armed = ++timer;
        if (due != Long.MAX_VALUE) {
            world.after(due - world.nowNanos(), () -> {
                if (armed == timer) {
                    on(new SchedulerEvent.TimePassed());
                }
            });
        }
    }
}
