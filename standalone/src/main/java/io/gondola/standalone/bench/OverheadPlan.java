package io.gondola.standalone.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@link OverheadBenchmark} measures.
 *
 * @param model a model's directory, of which tokenizer and chat template count
 * @param isAcrossProcesses whether each role is a process of its own
 * @param instances event loops of gateway and echo server
 * @param kinds of requests
 * @param connections of the short requests
 * @param outputTokens of each short request
 * @param streams at once; 0 measures none
 * @param streamTokens of each stream
 * @param seconds each load that counts takes
 * @param warmUp the load before each that does not
 */
public record OverheadPlan(
        Path model,
        boolean isAcrossProcesses,
        int instances,
        List<BenchRequests> kinds,
        int connections,
        int outputTokens,
        int streams,
        int streamTokens,
        double seconds,
        WarmUp warmUp) {

    public OverheadPlan {
        kinds = List.copyOf(kinds);
    }
}
