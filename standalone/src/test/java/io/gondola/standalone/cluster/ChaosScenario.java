package io.gondola.standalone.cluster;

/** What happens to a cluster under load in {@link ChaosRun}. */
enum ChaosScenario {
    NOTHING("nothing"),
    WORKER("a worker killed"),
    TWO_WORKERS("two workers killed at once"),
    ALL_WORKERS("every worker killed, and new ones started"),
    LOADING_WORKER("a worker killed while it loads"),
    OWNER("the queue's owner killed"),
    OTHER_SCHEDULER("a scheduler without the queue killed"),
    ALL_SCHEDULERS("every scheduler killed, and new ones started"),
    BOTH("a worker and the owner killed"),
    GATEWAY("a gateway killed: the others' clients"),
    GATEWAY_AND_OWNER("a gateway and the owner killed: the others' clients"),
    WORKER_PAUSED("a worker stopped for a while (SIGSTOP)"),
    OWNER_PAUSED("the queue's owner stopped for a while"),
    OTHER_SCHEDULER_PAUSED("a scheduler without the queue stopped for a while"),
    GATEWAY_PAUSED("a gateway stopped for a while: its clients too"),
    JOIN("a worker more joins when no place is left"),
    RESTART("every process restarted, one after another"),
    SPLIT_SILENT("the network cut in two, silently, and mended"),
    SPLIT_BREAKING("the network cut in two, connections broken, and mended");

    private final String words;

    ChaosScenario(String words) {
        this.words = words;
    }

    /** As a table has it. */
    String words() {
        return words;
    }

    boolean isSplit() {
        return this == SPLIT_SILENT || this == SPLIT_BREAKING;
    }
}
