package io.gondola.scheduler.runtime;

import java.util.concurrent.ThreadLocalRandom;

/** The names of the lives of owners. */
final class Epochs {

    private static final int RANDOM_BITS = 20;

    private Epochs() {}

    /** Later owners draw larger ones, as far as clocks agree; no two draw the same, but for a chance of one in a million. */
    static long draw() {
        return System.currentTimeMillis() << RANDOM_BITS
                | ThreadLocalRandom.current().nextInt(1 << RANDOM_BITS);
    }
}
