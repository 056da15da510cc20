package io.gondola.launch;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What {@code ./gondola} can be told to run: everything in one process, or one role of a cluster. */
public enum Command {
    STANDALONE("Serves language models over HTTP, in OpenAI's format: all of Gondola in one process."),
    GATEWAY("The part of a cluster that clients speak to: HTTP, tokenizers, streams. As many as you like."),
    SCHEDULER("The part of a cluster that keeps the queues. Three are enough for any cluster; one works."),
    WORKER("The part of a cluster that computes. As many as you have accelerators.");

    static final Set<Command> EVERY = EnumSet.allOf(Command.class);
    static final Set<Command> ROLES = EnumSet.complementOf(EnumSet.of(STANDALONE));
    static final Set<Command> SERVES_HTTP = EnumSet.of(STANDALONE, GATEWAY);
    static final Set<Command> SCHEDULES = EnumSet.of(STANDALONE, SCHEDULER);
    static final Set<Command> HOLDS = EnumSet.of(STANDALONE, SCHEDULER, GATEWAY);
    static final Set<Command> COMPUTES = EnumSet.of(STANDALONE, WORKER);
    static final Set<Command> READS_MODELS = EnumSet.complementOf(EnumSet.of(SCHEDULER));
    static final Set<Command> MANAGED = EnumSet.of(SCHEDULER, WORKER);
    static final Set<Command> SERVES_CLUSTER = EnumSet.of(GATEWAY);
    static final Set<Command> DRAINS = EnumSet.of(GATEWAY, WORKER);

    private final String description;

    Command(String description) {
        this.description = description;
    }

    String description() {
        return description;
    }

    /** Whether it is one process of several. */
    public boolean isRole() {
        return this != STANDALONE;
    }

    /** The word behind {@code ./gondola}, and what the logs call the process; empty for the whole. */
    public String word() {
        return isRole() ? name().toLowerCase(Locale.ROOT) : "";
    }

    /** What a user types. */
    String line() {
        return isRole() ? "./gondola " + word() : "./gondola";
    }
}
