package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the processor multiplies in hardware, as Linux tells in /proc/cpuinfo; unknown elsewhere. */
final class ProcessorFeatures {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessorFeatures.class);
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /** x86's two sets of bfloat16 instructions, and Arm's. */
    private static final List<String> BF16_FLAGS = List.of("avx512_bf16", "amx_bf16", "bf16");

    private ProcessorFeatures() {}

    /** What {@link Precision#AUTO} means on this machine; others are what they are. */
    static Precision resolve(Precision precision) {
        if (precision != Precision.AUTO) {
            return precision;
        }
        return bf16Flag(cpuInfo()).isPresent() ? Precision.BF16 : Precision.F32;
    }

    /** Likewise, said in one line of the log. */
    static Precision resolveAloud(Precision precision, String model) {
        Precision resolved = resolve(precision);
        if (precision == Precision.AUTO) {
            LOG.info(
                    "{}: precision auto is {}: the processor {}",
                    model,
                    resolved.label(),
                    bf16Flag(cpuInfo()).map(name -> "has " + name).orElse("has no bfloat16 instructions"));
        }
        return resolved;
    }

    /** The flag that tells of bfloat16, among the lines of /proc/cpuinfo. */
    static Optional<String> bf16Flag(List<String> cpuInfo) {
        List<String> flags = cpuInfo.stream()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .limit(1)
                .flatMap(line ->
                        List.of(line.substring(line.indexOf(':') + 1).trim().split("\\s+")).stream())
                .toList();
        return BF16_FLAGS.stream().filter(flags::contains).findFirst();
    }

    private static List<String> cpuInfo() {
        try {
            return Files.readAllLines(CPU_INFO);
        } catch (IOException e) {
            return List.of(); // No Linux: nothing is known.
        }
    }
}
