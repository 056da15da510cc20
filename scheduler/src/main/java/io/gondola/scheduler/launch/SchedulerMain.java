package io.gondola.scheduler.launch;

import io.gondola.launch.Command;
import io.gondola.launch.Launcher;

/** {@code ./gondola scheduler}. */
public final class SchedulerMain {

    private SchedulerMain() {}

    public static void main(String[] args) {
        Launcher.main(Command.SCHEDULER, args, SchedulerProcess::open);
    }
}
