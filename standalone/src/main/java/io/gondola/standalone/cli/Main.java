package io.gondola.standalone.cli;

import io.gondola.launch.Command;
import io.gondola.launch.Launcher;
import io.gondola.launch.ModelOption;
import io.gondola.launch.Service;
import io.gondola.launch.Settings;
import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import io.gondola.standalone.Standalone;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** {@code ./gondola}: starts everything, or says in one line why not. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        int status = run(args, System.getenv(), System.out, System.err);
        if (status != Launcher.OK) {
            System.exit(status);
        }
    }

    /** Returns the exit status; 0 also when a server runs now. */
    static int run(String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
        Launcher launcher = new Launcher(Command.STANDALONE, out, err);
        if (args.length > 0 && args[0].equals(SimulateCommand.NAME)) {
            return launcher.complaining(() -> SimulateCommand.run(List.of(args).subList(1, args.length), out));
        }
        if (args.length > 0 && args[0].equals(BenchCommand.NAME)) {
            return launcher.complaining(
                    () -> Benches.run(List.of(args).subList(1, args.length), ModelOption.demo(), out, err));
        }
        return launcher.run(args, environment, Main::open);
    }

    private static Service open(Settings settings) throws UsageException, StartupException {
        return Standalone.open(CliConfig.of(settings, ModelOption.demo()));
    }
}
