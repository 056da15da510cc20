package io.gondola.worker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The memory that this process may still take before the kernel ends somebody: what the machine has available, or what a
 * control group leaves, the least of them. Page cache counts as free, since the kernel gives it up,
 * but for what is mapped: of that most are the libraries that run.
 *
 * @param bytes that may still be taken
 * @param explanation whose limit that is, for a message
 */
public record AvailableMemory(long bytes, String explanation) {

    /** Where version 1 is mounted, where version 2 is, and where version 2 is beside version 1. */
    private static final List<String> GROUP_ROOTS =
            List.of("sys/fs/cgroup/memory", "sys/fs/cgroup", "sys/fs/cgroup/unified");

    /** Version 1 writes about this for "no limit". */
    private static final long NO_LIMIT_BYTES = Long.MAX_VALUE / 2;

    /** As it is now; everything there is where the system tells nothing. */
    public static AvailableMemory ofThisProcess() {
        return read(Path.of("/"));
    }

    /** Of a GPU, so many bytes of which TensorFlow may take. */
    public static AvailableMemory ofGpu(int index, long bytes) {
        return new AvailableMemory(
                bytes, "GPU " + index + " has " + KvMemory.mebibytes(bytes) + " MiB free for this process");
    }

    /** Reads {@code proc/meminfo}, {@code proc/self/cgroup} and the control groups below {@code sys/fs/cgroup}. */
    static AvailableMemory read(Path root) {
        AvailableMemory least = ofMachine(root);
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3
                    && (parts[1].isEmpty() || List.of(parts[1].split(",")).contains("memory"))) {
                for (String groups : GROUP_ROOTS) {
                    least = leastOfGroups(root.resolve(groups), parts[2], least);
                }
            }
        }
        return least;
    }

    private static AvailableMemory ofMachine(Path root) {
        List<String> lines = lines(root.resolve("proc/meminfo"));
        long available = kibibytes(lines, "MemAvailable:").orElse(Long.MAX_VALUE >> 10) << 10;
        long total = kibibytes(lines, "MemTotal:").orElse(Long.MAX_VALUE >> 10) << 10;
        return new AvailableMemory(
                available,
                "this machine has " + KvMemory.mebibytes(total) + " MiB, of which " + KvMemory.mebibytes(available)
                        + " MiB are available");
    }

    private static OptionalLong kibibytes(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(
                        line.substring(key.length()).replace("kB", "").trim()))
                .findFirst();
    }

    /**
     * A group is bound by its own limit and by those above it. In a container the path may be the host's, of which only
     * the root is to be seen.
     */
    private static AvailableMemory leastOfGroups(Path groups, String path, AvailableMemory before) {
        AvailableMemory least = before;
        Path group =
                groups.resolve(path.substring(path.startsWith("/") ? 1 : 0)).normalize();
        while (group != null && group.startsWith(groups)) {
            AvailableMemory left = ofGroup(group);
            least = left != null && left.bytes() < least.bytes() ? left : least;
            group = group.getParent();
        }
        return least;
    }

    private static @Nullable AvailableMemory ofGroup(Path group) {
        boolean second = Files.exists(group.resolve("memory.max"));
        OptionalLong limit = number(group.resolve(second ? "memory.max" : "memory.limit_in_bytes"));
        OptionalLong used = number(group.resolve(second ? "memory.current" : "memory.usage_in_bytes"));
        if (limit.isEmpty() || used.isEmpty() || limit.getAsLong() > NO_LIMIT_BYTES) {
            return null;
        }
        List<String> statistics = lines(group.resolve("memory.stat"));
        String total = second ? "" : "total_";
        long cached = statistic(statistics, total + "active_file ")
                + statistic(statistics, total + "inactive_file ")
                - statistic(statistics, second ? "file_mapped " : "total_mapped_file ");
        long left = Math.max(0, limit.getAsLong() - Math.max(0, used.getAsLong() - Math.max(0, cached)));
        return new AvailableMemory(
                left,
                "the limit of this process's control group is " + KvMemory.mebibytes(limit.getAsLong())
                        + " MiB, of which " + KvMemory.mebibytes(left) + " MiB are free");
    }

    private static long statistic(List<String> statistics, String key) {
        return statistics.stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.substring(key.length())))
                .findFirst()
                .orElse(0);
    }

    private static OptionalLong number(Path file) {
        return lines(file).stream()
                .map(String::trim)
                .filter(line -> line.matches("[0-9]{1,18}|9[0-9]{18}"))
                .mapToLong(line -> line.length() == 19 ? Long.MAX_VALUE : Long.parseLong(line))
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException absent) {
            return List.of(); // No Linux, or no such group: no limit is known.
        }
    }
}
