package io.gondola.standalone.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sizes, counted in the source files of all modules: what does not fit on a page or two is not read. */
class SourceSizeTest {

    private static final int CLASS_LINES_MAX = 300;
    private static final int METHOD_LINES_MAX = 40;
    private static final int MAIN_LINES_MAX = 100;
    private static final int CORE_CODE_LINES_MAX = 1_500;
    private static final Set<String> NO_DECISIONS =
            Set.of("SchedulerLimits.java", "Quotas.java", "Effect.java", "SchedulerEvent.java", "SchedulerGauges.java");
    private static final int PRESENCE_CODE_LINES_MAX = 400;
    private static final int INFERENCE_CORE_CODE_LINES_MAX = 1_450;
    private static final Set<String> NO_DECISIONS_OF_INFERENCES = Set.of(
            "InferenceLimits.java",
            "InferenceQuotas.java",
            "InferenceEffect.java",
            "InferenceEvent.java",
            "InferenceGauges.java");

    private static List<Path> sources;

    @BeforeAll
    static void findTheSources() throws IOException {
        sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of("..").toAbsolutePath().normalize())) {
            for (Path module : modules.sorted().toList()) {
                Path root = module.resolve("src/main/java");
                if (Files.isDirectory(root)) {
                    try (Stream<Path> files = Files.walk(root)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                    }
                }
            }
        }
        assertThat(sources).hasSizeGreaterThan(50);
    }

    private static int lines(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return (int) lines.count();
        }
    }

    /** Without blank lines, comments, imports and the package line: docs/adr/0005 says why. */
    private static int linesOfCode(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return (int) lines.map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("import ") && !line.startsWith("package "))
                    .filter(line -> !line.startsWith("//") && !line.startsWith("/*") && !line.startsWith("*"))
                    .count();
        }
    }

    @Test
    void aClassFitsIntoAHead() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : sources) {
            int lines = lines(source);
            if (lines > CLASS_LINES_MAX) {
                tooLong.add(source + ": " + lines + " lines");
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void theSchedulerCoreFitsIntoAnEvening() throws IOException {
        int total = 0;
        for (Path source : sources) {
            // ADR 5: settings and words are not decisions.
            boolean isDecision = source.toString().contains("/scheduler/core/")
                    && !NO_DECISIONS.contains(source.getFileName().toString());
            total += isDecision ? linesOfCode(source) : 0;
        }
        assertThat(total).isBetween(1, CORE_CODE_LINES_MAX);
    }

    @Test
    void whoIsThereIsReadBeforeIt() throws IOException {
        int total = 0;
        for (Path source : sources) {
            total += source.toString().contains("/scheduler/presence/") ? linesOfCode(source) : 0;
        }
        assertThat(total).isBetween(1, PRESENCE_CODE_LINES_MAX);
    }

    @Test
    void soDoesTheCoreOfInferences() throws IOException {
        int total = 0;
        for (Path source : sources) {
            boolean isDecision = source.toString().contains("/scheduler/inference/")
                    && !NO_DECISIONS_OF_INFERENCES.contains(source.getFileName().toString());
            total += isDecision ? linesOfCode(source) : 0;
        }
        assertThat(total).isBetween(1, INFERENCE_CORE_CODE_LINES_MAX);
    }

    @Test
    void aMainOnlyStarts() throws IOException {
        for (Path source : sources) {
            if (Files.readString(source).contains("public static void main(String")) {
                assertThat(lines(source)).as(source.toString()).isLessThanOrEqualTo(MAIN_LINES_MAX);
            }
        }
    }

    @Test
    void aMethodFitsOnAPage() throws IOException {
        List<String> tooLong = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new MethodLengths(positions, tooLong).scan(unit, unit);
            }
        }
        assertThat(tooLong).isEmpty();
    }

    /** Collects methods beyond the limit; their javadoc does not count. */
    private static final class MethodLengths extends TreeScanner<Void, CompilationUnitTree> {

        private final SourcePositions positions;
        private final List<String> tooLong;

        MethodLengths(SourcePositions positions, List<String> tooLong) {
            this.positions = positions;
            this.tooLong = tooLong;
        }

        @Override
        public Void visitMethod(MethodTree method, CompilationUnitTree unit) {
            long start = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, method));
            long end = unit.getLineMap().getLineNumber(positions.getEndPosition(unit, method));
            if (end - start + 1 > METHOD_LINES_MAX) {
                tooLong.add(unit.getSourceFile().getName() + ": " + method.getName() + " has " + (end - start + 1)
                        + " lines");
            }
            return super.visitMethod(method, unit);
        }
    }
}
