package io.gondola.standalone.cli;

import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code ./gondola bench}: which measurement is whose, and what those of Gondola itself have in common. */
final class Benches {

    private Benches() {}

    /** Returns the exit status. */
    static int run(List<String> args, Path demoModel, PrintStream out, PrintStream err)
            throws UsageException, StartupException {
        String what = args.isEmpty() ? "" : args.get(0);
        return switch (what) {
            case OverheadCommand.NAME -> OverheadCommand.run(args.subList(1, args.size()), demoModel, out, err);
            case StreamsCommand.NAME -> StreamsCommand.run(args.subList(1, args.size()), demoModel, out);
            default -> BenchCommand.run(args, out);
        };
    }

    /** Event loops; 0 asked for as many as a gateway has where nothing is said. */
    static int instances(int asked) {
        return asked == 0 ? GatewayConfig.defaults().instances() : asked;
    }

    static StartupException failed(IOException failure) {
        return new StartupException(
                StartupException.Kind.ENVIRONMENT, "the measurement failed: " + failure.getMessage(), failure);
    }

    static void writeJson(@Nullable Path file, String json) throws UsageException {
        if (file != null) {
            try {
                Files.writeString(file, json);
            } catch (IOException failure) {
                throw new UsageException("--json: cannot write " + file + ": " + failure.getMessage());
            }
        }
    }
}
