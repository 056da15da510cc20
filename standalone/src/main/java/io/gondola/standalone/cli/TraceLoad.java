package io.gondola.standalone.cli;

import io.gondola.scheduler.simulation.Load;
import io.gondola.scheduler.simulation.LoadResult;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A recorded load, ready to be replayed.
 *
 * @param load what arrives
 * @param recorded what it met when it was recorded
 * @param requests client requests of it
 * @param guessed generations that did not end, so that how long they would have become had to be guessed
 * @param largestTokens prompt and output of the largest
 * @param model whose requests they are
 * @param first when the first of them came
 * @param last when the last of them came
 */
record TraceLoad(
        Load load,
        LoadResult recorded,
        long requests,
        long guessed,
        int largestTokens,
        String model,
        Instant first,
        Instant last) {

    String words() {
        return requests + " recorded requests (" + recorded.generations() + " generations) for " + model + ", "
                + first.truncatedTo(ChronoUnit.SECONDS) + " to " + last.truncatedTo(ChronoUnit.SECONDS)
                + (guessed == 0 ? "" : "; " + guessed + " did not end, the length of their outputs is guessed");
    }
}
