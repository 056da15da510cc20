package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A load that was recorded, as options. */
final class TraceOptions {

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "Replays what ./gondola --record-trace wrote, in place of a drawn load. May be given several times.")
    private List<Path> files = List.of();

    @Option(names = "--trace-model", paramLabel = "NAME", description = "Of a trace with several models, this one.")
    private @Nullable String model;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description =
                    "Of a trace, what arrived from then on: seconds from its start, or an instant like 2026-11-24T22:00:00Z.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Of a trace, what arrived before then.")
    private @Nullable String to;

    @Option(
            names = "--speed",
            paramLabel = "N",
            description = "Of a trace, makes requests arrive so many times faster.")
    private double speed = 1;

    boolean isGiven() {
        return !files.isEmpty();
    }

    void check() throws UsageException {
        NumberOptions.inRange("--speed", speed, 0.001, 1_000);
        if (!isGiven() && (model != null || from != null || to != null || speed != 1)) {
            throw new UsageException("--trace-model, --from, --to and --speed: of a trace; --trace is not given");
        }
    }

    TraceLoad load(long seed) throws UsageException {
        return new TraceReader(model, seed)
                .read(
                        files,
                        speed,
                        started -> time("--from", from, started, 0),
                        started -> time("--to", to, started, Long.MAX_VALUE));
    }

    /** Nanoseconds since the trace began. */
    private static long time(String option, @Nullable String text, Instant started, long absent) throws UsageException {
        if (text == null) {
            return absent;
        }
        try {
            return text.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")
                    ? Math.round(Double.parseDouble(text) * 1e9)
                    : TraceReader.nanosBetween(started, Instant.parse(text));
        } catch (DateTimeParseException wrong) {
            throw new UsageException(
                    option,
                    "expected seconds from the trace's start or an instant like 2026-11-24T22:00:00Z, not '" + text
                            + "'");
        }
    }
}
