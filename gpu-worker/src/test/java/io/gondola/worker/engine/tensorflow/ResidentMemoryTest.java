package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.Precision;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What stays resident once a model is loaded, in a process of its own. */
class ResidentMemoryTest {

    /** As issue and documents promise it: of the weights at their precision. */
    private static final double WEIGHTS_FACTOR = 1.4;

    /** What the allocator keeps, and a step computes with; without the original of int8's matrices it is far from this. */
    private static final long SLACK_BYTES = 64L << 20;

    /** Some 16 KiB a generation: its logits take 62 KiB in each of four steps. */
    private static final long SOAK_BYTES_MAX = 16L << 20;

    private static final long SECONDS_MAX = 240;

    /** 69 million parameters, and the same graph with next to none. */
    private static final String WEIGHED = config(768, 2048, 16_000);

    private static final String TINY = config(96, 128, 512);

    private static String config(int hidden, int intermediate, int vocabulary) {
        return """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": %d, "intermediate_size": %d,
             "num_hidden_layers": 8, "num_attention_heads": 12, "num_key_value_heads": 12, "vocab_size": %d,
             "max_position_embeddings": 1024, "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": true}
            """.formatted(hidden, intermediate, vocabulary);
    }

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "INT8"})
    void weightsAreResidentOnce(Precision precision) throws Exception {
        Path tiny = Files.createDirectory(directory.resolve("tiny"));
        RandomModel.write(TINY, tiny);
        RandomModel.write(WEIGHED, directory);
        EngineOptions options = ResidentMemory.OPTIONS.withPrecision(precision);
        DecoderSource source = DecoderSource.open(directory, options);
        assumeTrue(
                precision != Precision.INT8 || source.spillDirectory(precision).isPresent(),
                "no directory for temporary files on a disk");
        long weights = weightBytes(source.plan(), precision);
        long kvBytes = source.memory("m", options).kvBytesMax();
        long resident = measure(ResidentMemory.class, precision.name(), tiny.toString(), directory.toString());
        System.out.printf(
                "%s: weights %d MiB, KV cache %d MiB, resident beside a tiny model %d MiB%n",
                precision.label(), weights >> 20, kvBytes >> 20, resident >> 20);
        assertThat(resident)
                .isBetween((long) (0.9 * weights), (long) (WEIGHTS_FACTOR * weights) + kvBytes + SLACK_BYTES);
    }

    /** Native memory of steps is freed: what 1,000 generations leave is far from what each of them used. */
    @Test
    void generationsLeaveNothing() throws Exception {
        RandomModel.write(config(96, 128, 16_000), directory);
        long grown = measure(ResidentMemory.Soak.class, directory.toString());
        System.out.printf("1,000 generations: %d KiB more resident%n", grown >> 10);
        assertThat(grown).isLessThan(SOAK_BYTES_MAX);
    }

    private static long weightBytes(WeightPlan plan, Precision precision) {
        int matrixBytes =
                switch (precision) {
                    case F32 -> 4;
                    case BF16 -> 2;
                    default -> 1;
                };
        return plan.tensors().keySet().stream()
                .mapToLong(spec -> spec.elements() * (spec.isMatrix() ? matrixBytes : Float.BYTES))
                .sum();
    }

    /** What was resident after, less what was before. */
    private long measure(Class<?> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-Dorg.bytedeco") || argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS))
                    .as("ended")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(Files.readString(log, StandardCharsets.UTF_8))
                .isZero();
        String[] fields = Files.readAllLines(out).stream()
                .filter(line -> line.startsWith("resident "))
                .findFirst()
                .orElseThrow()
                .split(" ");
        return Long.parseLong(fields[2]) - Long.parseLong(fields[1]);
    }
}
