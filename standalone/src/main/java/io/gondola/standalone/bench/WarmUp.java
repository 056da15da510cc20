package io.gondola.standalone.bench;

import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The load before the load that counts: the same at the same rate, until the virtual machines have hardly anything left to
 * compile. Another rate takes other paths, so what one load has warmed is cold for the next.
 *
 * @param secondsMin it takes at least so long
 * @param secondsMax and at most so long, quiet or not
 */
public record WarmUp(double secondsMin, double secondsMax) {

    /** After each the compilers are looked at. */
    static final double SLICE_SECONDS = 5;
    /** Of a slice: what the compilers of server and client together may take where they count as quiet. */
    static final double COMPILING_SHARE_MAX = 0.01;

    private static final double MILLIS = 1e3;

    public WarmUp {
        if (!(secondsMin >= 0 && secondsMax >= secondsMin)) {
            throw new IllegalArgumentException("a warm-up of " + secondsMin + " to " + secondsMax + " s");
        }
    }

    /** Whoever makes a load. */
    interface Client {
        LoadResult run(LoadPlan load) throws IOException;
    }

    /**
     * Returns how many seconds it took.
     *
     * @param server what its virtual machine has done; null where that is not known, and the client's decides
     */
    double run(Client client, Supplier<@Nullable JvmWork> server, LoadPlan load) throws IOException {
        double seconds = 0;
        boolean isQuiet = false;
        while (seconds < secondsMin || (!isQuiet && seconds < secondsMax)) {
            double slice = Math.min(SLICE_SECONDS, secondsMax - seconds);
            JvmWork before = server.get();
            long compileMillis = client.run(load.withSeconds(slice)).jvm().compileMillis();
            JvmWork after = server.get();
            if (before != null && after != null) {
                compileMillis += after.since(before).compileMillis();
            }
            isQuiet = compileMillis <= COMPILING_SHARE_MAX * slice * MILLIS;
            seconds += slice;
        }
        return seconds;
    }
}
