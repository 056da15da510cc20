package io.gondola.standalone.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@link OverheadBenchmark} found.
 *
 * @param java the virtual machine
 * @param processors that server and client share
 * @param isAcrossProcesses whether gateway, scheduler and worker were a process each
 * @param requests short requests, for each kind of them
 * @param streams many streams at once
 */
public record OverheadReport(
        String java, int processors, boolean isAcrossProcesses, List<Requests> requests, List<Streams> streams) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final double NANOS_PER_MICRO = 1e3;

    /**
     * One load on one server.
     *
     * @param warmUpSeconds of the same load before it
     * @param load what the client saw
     * @param cpu what the server used meanwhile
     * @param jvm what its virtual machine did meanwhile; null where the server is other processes
     */
    public record Measured(
            double warmUpSeconds,
            LoadResult load,
            CpuTimes cpu,
            @Nullable JvmWork jvm) {

        double microsPer(long count, double nanos) {
            return nanos / NANOS_PER_MICRO / Math.max(1, count);
        }

        /** Requests a second that one processor would serve, if it did nothing else. */
        public double requestsPerCoreSecond() {
            return load.requests() / (cpu.processNanos() / 1e9);
        }

        /** Tokens a second that one processor would stream, if it did nothing else. */
        public double tokensPerCoreSecond() {
            return load.tokens() / (cpu.processNanos() / 1e9);
        }
    }

    /** Echo and Gondola, each as fast as it can, and both at half of Gondola's fastest. */
    public record Requests(
            String kind,
            int requestBytes,
            int answerBytes,
            Measured echoMax,
            Measured gondolaMax,
            Measured echoHalf,
            Measured gondolaHalf) {

        public double addedP50Millis() {
            return gondolaHalf.load().latency().p50()
                    - echoHalf.load().latency().p50();
        }

        public double addedP99Millis() {
            return gondolaHalf.load().latency().p99()
                    - echoHalf.load().latency().p99();
        }
    }

    /** Echo and Gondola with so many streams at once. */
    public record Streams(
            String kind, int streams, int tokensPerStream, int bytesPerStream, Measured echo, Measured gondola) {}

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
        StringBuilder out = new StringBuilder();
        add(
                out,
                "%s, %s, %d processors for server and client together%n",
                java,
                isAcrossProcesses ? "a process for each role" : "one process",
                processors);
        for (Requests each : requests) {
            add(out, "%n%s: %d bytes in, %d bytes out%n", each.kind(), each.requestBytes(), each.answerBytes());
            add(out, "  %-22s %10s %8s %8s %8s   %s%n", "", "requests/s", "p50 ms", "p99 ms", "max ms", CPU_HEAD);
            row(out, "echo, all it can", each.echoMax());
            row(out, "gondola, all it can", each.gondolaMax());
            row(out, "echo, at half", each.echoHalf());
            row(out, "gondola, at half", each.gondolaHalf());
            add(out, "  added at half: p50 %.3f ms, p99 %.3f ms%n", each.addedP50Millis(), each.addedP99Millis());
        }
        for (Streams each : streams) {
            add(
                    out,
                    "%n%s: %d streams at once, %d tokens and %d bytes each%n",
                    each.kind(),
                    each.streams(),
                    each.tokensPerStream(),
                    each.bytesPerStream());
            add(out, "  %-22s %10s %8s %8s %8s   %s%n", "", "tokens/s", "per read", "gap p50", "gap p99", CPU_HEAD);
            streamRow(out, "echo", each.echo());
            streamRow(out, "gondola", each.gondola());
        }
        return out.toString();
    }

    private static final String CPU_HEAD = "per core and second; us of CPU for each";

    private static void row(StringBuilder out, String name, Measured each) {
        LoadResult load = each.load();
        add(
                out,
                "  %-22s %10.0f %8.3f %8.3f %8.3f   %s%s%n%s",
                name,
                load.requestsPerSecond(),
                load.latency().p50(),
                load.latency().p99(),
                load.latency().max(),
                cpu(each, load.requests(), each.requestsPerCoreSecond()),
                failures(load),
                conditions(each));
    }

    private static void streamRow(StringBuilder out, String name, Measured each) {
        LoadResult load = each.load();
        add(
                out,
                "  %-22s %10.0f %8.1f %8.3f %8.3f   %s%s%n%s",
                name,
                load.tokensPerSecond(),
                (double) load.tokens() / Math.max(1, load.reads()),
                load.tokenGap().p50(),
                load.tokenGap().p99(),
                cpu(each, load.tokens(), each.tokensPerCoreSecond()),
                failures(load),
                conditions(each));
    }

    private static String cpu(Measured each, long count, double perCore) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%.0f; ", perCore));
        each.cpu().partNanos().forEach((part, nanos) -> add(text, "%s %.2f, ", part, each.microsPer(count, nanos)));
        add(text, "client %.2f", each.microsPer(count, each.load().cpuSeconds() * 1e9));
        return text.toString();
    }

    /** How warm both were, and what else they did while this was measured. */
    private static String conditions(Measured each) {
        return String.format(
                Locale.ROOT,
                "  %-22s after %.0f s of warm-up; in %.0f s server: %s; client: %s%n",
                "",
                each.warmUpSeconds(),
                each.load().seconds(),
                work(each.jvm()),
                work(each.load().jvm()));
    }

    private static String work(@Nullable JvmWork jvm) {
        return jvm == null
                ? "not known"
                : String.format(
                        Locale.ROOT,
                        "%d ms compiling, %d collections of %d ms in all",
                        jvm.compileMillis(),
                        jvm.collections(),
                        jvm.collectMillis());
    }

    private static String failures(LoadResult load) {
        return load.failures() == 0 ? "" : "   " + load.failures() + " FAILED: " + load.firstFailure();
    }

    private static void add(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }
}
