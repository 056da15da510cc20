package io.gondola.cluster;

import java.util.Locale;

/** What a process of a cluster does. */
public enum Role {
    GATEWAY,
    SCHEDULER,
    WORKER;

    /** As it stands in logs and names. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
