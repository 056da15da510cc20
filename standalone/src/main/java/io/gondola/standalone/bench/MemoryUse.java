package io.gondola.standalone.bench;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The memory in use at one moment.
 *
 * @param heapBytes of this JVM, after a collection
 * @param directBytes outside the heap: what Netty's allocator holds, and the JDK's direct buffers, where some of the
 *     former may count a second time
 * @param socketBytes what the system accounts to TCP sockets, those of other processes and of the clients included; -1
 *     where it does not say
 * @param residentBytes of this process; -1 where the system does not say. Never given back, so its growth counts what was
 *     in use for a moment only
 */
public record MemoryUse(long heapBytes, long directBytes, long socketBytes, long residentBytes) {

    private static final Path SOCKETS = Path.of("/proc/net/sockstat");
    private static final Path PROCESS = Path.of("/proc/self/status");
    private static final long PAGE_BYTES = 4_096;
    private static final long UNKNOWN = -1;

    /** Collects garbage first. */
    static MemoryUse now() {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        // The one that Vert.x gives its sockets.
        long direct = ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider netty
                ? netty.metric().usedDirectMemory()
                : 0;
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            direct += pool.getName().equals("direct") ? pool.getMemoryUsed() : 0;
        }
        long socketPages = number(SOCKETS, "TCP:", "mem");
        long residentKib = number(PROCESS, "VmRSS:", "VmRSS:");
        return new MemoryUse(
                heap,
                direct,
                socketPages < 0 ? UNKNOWN : socketPages * PAGE_BYTES,
                residentKib < 0 ? UNKNOWN : residentKib * 1_024);
    }

    /** The number behind a word, in the line that begins like this. */
    private static long number(Path file, String lineStart, String word) {
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
                if (line.startsWith(lineStart)) {
                    String[] words = line.split("\\s+", -1);
                    for (int i = 0; i + 1 < words.length; i++) {
                        if (words[i].equals(word)) {
                            return Long.parseLong(words[i + 1]);
                        }
                    }
                }
            }
        } catch (IOException | NumberFormatException unknown) {
            return UNKNOWN;
        }
        return UNKNOWN;
    }

    MemoryUse since(MemoryUse before) {
        return new MemoryUse(
                heapBytes - before.heapBytes,
                directBytes - before.directBytes,
                socketBytes < 0 ? UNKNOWN : socketBytes - before.socketBytes,
                residentBytes < 0 ? UNKNOWN : residentBytes - before.residentBytes);
    }

    MemoryUse dividedBy(int count) {
        return new MemoryUse(heapBytes / count, directBytes / count, socketBytes / count, residentBytes / count);
    }
}
