package io.gondola.worker.launch;

import io.gondola.launch.Command;
import io.gondola.launch.Launcher;

/** {@code ./gondola worker}. */
public final class WorkerMain {

    private WorkerMain() {}

    public static void main(String[] args) {
        Launcher.main(Command.WORKER, args, WorkerProcess::open);
    }
}
