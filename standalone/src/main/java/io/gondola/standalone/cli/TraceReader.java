package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;
import io.gondola.scheduler.simulation.Load;
import io.gondola.scheduler.simulation.LoadRequest;
import io.gondola.scheduler.simulation.RecordedRun;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads traces, version {@value #VERSION} ({@code docs/trace.md}), and makes loads of them. */
final class TraceReader {

    static final String OPTION = "--trace";
    static final int VERSION = 1;

    /** So much fits into memory; a part of a longer trace is had by {@code --from} and {@code --to}. */
    static final int REQUESTS_MAX = 5_000_000;

    private final @Nullable String model;
    private final long seed;
    private final List<TraceLine> lines = new ArrayList<>();
    private final List<Instant> starts = new ArrayList<>();

    /** What a command line says of time, once it is known when the trace began. */
    interface TimeOption {
        long nanos(Instant started) throws UsageException;
    }

    /** @param model the one to replay; null for the only one there is */
    TraceReader(@Nullable String model, long seed) {
        this.model = model;
        this.seed = seed;
    }

    static long nanosBetween(Instant from, Instant to) throws UsageException {
        try {
            return Duration.between(from, to).toNanos();
        } catch (ArithmeticException far) {
            throw new UsageException(OPTION, to + " is centuries away from " + from);
        }
    }

    TraceLoad read(List<Path> files, double speed, TimeOption from, TimeOption to) throws UsageException {
        for (Path file : files) {
            starts.add(startOf(file));
        }
        Instant began = starts.stream().min(Comparator.naturalOrder()).orElseThrow();
        long fromNanos = from.nanos(began);
        long toNanos = to.nanos(began);
        Map<String, Long> models = new TreeMap<>();
        for (int i = 0; i < files.size(); i++) {
            long shiftNanos = nanosBetween(began, starts.get(i));
            read(files.get(i), line -> {
                long arrival = shiftNanos + line.arrivalNanos();
                if (arrival >= fromNanos && arrival < toNanos) {
                    models.merge(line.model(), 1L, Long::sum);
                    add(line.withArrival(arrival));
                }
            });
        }
        String chosen = choose(models);
        lines.removeIf(line -> !line.model().equals(chosen));
        lines.sort(Comparator.comparingLong(TraceLine::arrivalNanos));
        return toLoad(began, chosen, speed);
    }

    private void add(TraceLine line) throws UsageException {
        if (model != null && !model.equals(line.model())) {
            return;
        }
        if (lines.size() == REQUESTS_MAX) {
            throw new UsageException(
                    OPTION, "more than " + REQUESTS_MAX + " requests; choose a part with --from and --to");
        }
        lines.add(line);
    }

    private String choose(Map<String, Long> models) throws UsageException {
        String found = models.entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .collect(Collectors.joining(", "));
        if (model != null && !models.containsKey(model)) {
            throw new UsageException(
                    "--trace-model",
                    "no request for '" + model + "'" + (found.isEmpty() ? "" : "; there are " + found));
        } else if (models.isEmpty()) {
            throw new UsageException(OPTION, "no request in it, or none between --from and --to");
        } else if (model == null && models.size() > 1) {
            throw new UsageException(OPTION, "requests for several models; choose one with --trace-model: " + found);
        }
        return model != null ? model : models.keySet().iterator().next();
    }

    private TraceLoad toLoad(Instant began, String chosen, double speed) {
        long firstNanos = lines.get(0).arrivalNanos();
        long lastNanos = lines.get(lines.size() - 1).arrivalNanos();
        OutputLengths lengths = new OutputLengths(lines, seed);
        List<LoadRequest> requests = new ArrayList<>();
        List<RecordedRun.End> ends = new ArrayList<>();
        int largest = 0;
        for (TraceLine line : lines) {
            long arrival = Math.round((line.arrivalNanos() - firstNanos) / speed);
            for (int i = 0; i < line.generations(); i++) {
                LoadRequest request = line.toRequest(i, arrival, lengths.of(line, i));
                requests.add(request);
                ends.add(line.toEnd(i, request));
                largest = Math.max(largest, request.promptTokens() + request.maxTokens());
            }
        }
        return new TraceLoad(
                Load.of(requests),
                RecordedRun.of(ends, Math.round((lastNanos - firstNanos) / speed)),
                lines.size(),
                lengths.guessed(),
                largest,
                chosen,
                began.plusNanos(firstNanos),
                began.plusNanos(lastNanos));
    }

    private interface LineHandler {
        void on(TraceLine line) throws UsageException;
    }

    private static Instant startOf(Path file) throws UsageException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            return TraceLine.started(reader.readLine(), where(file, 1));
        } catch (IOException failure) {
            throw unreadable(file, failure);
        }
    }

    private static void read(Path file, LineHandler handler) throws UsageException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            reader.readLine();
            int number = 2;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isBlank()) {
                    handler.on(TraceLine.parse(line, where(file, number)));
                }
                number++;
            }
        } catch (IOException failure) {
            throw unreadable(file, failure);
        }
    }

    private static String where(Path file, int line) {
        return OPTION + ": " + file + ", line " + line;
    }

    private static UsageException unreadable(Path file, IOException failure) {
        String why = failure instanceof MalformedInputException ? "it is not UTF-8 text" : failure.toString();
        return new UsageException(OPTION, "cannot read " + file + ": " + why);
    }
}
