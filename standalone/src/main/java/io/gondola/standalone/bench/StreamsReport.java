package io.gondola.standalone.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.Locale;

/**
 * What {@link StreamsBenchmark} found.
 *
 * @param streams that were open at once
 * @param tokensPerStream that each was to get
 * @param openMax generations that were open at once, as the gateway counts
 * @param load what the clients saw
 * @param perStream memory more than without them while all were open, for each: of gateway, scheduler, worker and engine
 * @param cpu that the server's process used
 */
public record StreamsReport(
        int streams, int tokensPerStream, int openMax, LoadResult load, MemoryUse perStream, CpuTimes cpu) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final double KIB = 1_024;

    /** Whether every stream got all its tokens in their order, and nothing failed. */
    public boolean isSound() {
        return load.failures() == 0 && load.requests() == streams;
    }

    /** Heap, direct buffers, and what the system accounts to sockets. */
    public double kibPerStream() {
        return (perStream.heapBytes() + perStream.directBytes() + Math.max(0, perStream.socketBytes())) / KIB;
    }

    /** For programs. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** For people. */
    public String toText() {
        return String.format(
                Locale.ROOT,
                "%d streams of %d tokens, %d open at once%n"
                        + "  complete and in order %d, failed %d%s%n"
                        + "  first token p50 %.0f ms, p99 %.0f ms; between tokens p50 %.0f ms, p99 %.0f ms, max %.0f ms%n"
                        + "  KiB a stream: heap %.1f, direct %.1f, sockets (both ends) %.1f, together %.1f; resident %.1f%n"
                        + "  processor time: server %.1f s, client %.1f s%n",
                streams,
                tokensPerStream,
                openMax,
                load.requests(),
                load.failures(),
                load.firstFailure().isEmpty() ? "" : ": " + load.firstFailure(),
                load.firstToken().p50(),
                load.firstToken().p99(),
                load.tokenGap().p50(),
                load.tokenGap().p99(),
                load.tokenGap().max(),
                perStream.heapBytes() / KIB,
                perStream.directBytes() / KIB,
                perStream.socketBytes() / KIB,
                kibPerStream(),
                perStream.residentBytes() / KIB,
                cpu.processNanos() / 1e9,
                load.cpuSeconds());
    }
}
