package io.gondola.standalone.cli;

import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** {@code ./gondola bench}: which measurement is whose. */
final class Benches {

    private Benches() {}

    /** Returns the exit status. */
    static int run(List<String> args, Path demoModel, PrintStream out, PrintStream err)
            throws UsageException, StartupException {
        if (!args.isEmpty() && args.get(0).equals(OverheadCommand.NAME)) {
            return OverheadCommand.run(args.subList(1, args.size()), demoModel, out, err);
        }
        return BenchCommand.run(args, out);
    }
}
