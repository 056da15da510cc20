package io.gondola.standalone.cli;

import io.gondola.standalone.Standalone;
import io.gondola.standalone.StartupException;
import io.gondola.standalone.logging.LogSetup;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code ./gondola}: starts everything, or says in one line why not. */
public final class Main {

    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final Path DEMO_MODEL = Path.of("models", "gondola-guide");

    private Main() {}

    public static void main(String[] args) {
        int status = run(args, System.getenv(), System.out, System.err);
        if (status != OK) {
            System.exit(status);
        }
    }

    /** Returns the exit status; 0 also when a server runs now. */
    static int run(String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
        try {
            if (args.length > 0 && args[0].equals(SimulateCommand.NAME)) {
                return SimulateCommand.run(List.of(args).subList(1, args.length), out);
            }
            if (args.length > 0 && args[0].equals(BenchCommand.NAME)) {
                Path home = Path.of(System.getProperty("gondola.home", ""));
                return Benches.run(List.of(args).subList(1, args.length), home.resolve(DEMO_MODEL), out, err);
            }
            CommandLineOptions options = CommandLineOptions.parse(args);
            if (options.isHelp()) {
                out.print(options.help());
                return OK;
            }
            if (options.isVersion()) {
                int java = Runtime.version().feature();
                out.println("Gondola " + BuildVersion.text() + " (Java " + java + ")");
                return OK;
            }
            Path home = Path.of(System.getProperty("gondola.home", ""));
            CliConfig config = CliConfig.of(Settings.of(options, environment), home.resolve(DEMO_MODEL));
            LogSetup.apply(config.logFormat(), config.logLevel(), BuildVersion.text());
            EnvironmentVariables.unknown(environment).forEach(name -> LOG.warn("{} is not an option of Gondola", name));
            serve(config, options.isExitWhenReady());
            return OK;
        } catch (UsageException wrong) {
            complain(err, wrong);
            return USAGE;
        } catch (StartupException failure) {
            complain(err, failure);
            LOG.debug("Startup failed", failure);
            return failure.kind() == StartupException.Kind.CONFIGURATION ? USAGE : FAILED;
        } catch (RuntimeException defect) {
            err.println("gondola: internal error: " + defect + " (--log-level debug shows where)");
            LOG.debug("Startup failed", defect);
            return FAILED;
        }
    }

    private static void serve(CliConfig config, boolean exitWhenReady) throws StartupException {
        Standalone standalone = Standalone.open(config.standalone());
        // SIGTERM and Ctrl-C: the JVM runs this and then exits with 143 or 130.
        Runtime.getRuntime().addShutdownHook(new Thread(standalone::close, "gondola-close"));
        try {
            standalone.load();
            Announcement.ready(config, standalone.port());
        } catch (StartupException | RuntimeException failure) {
            standalone.close();
            throw failure;
        }
        if (exitWhenReady) {
            standalone.close();
        }
    }

    private static void complain(PrintStream err, Exception failure) {
        err.println("gondola: " + String.valueOf(failure.getMessage()).replaceAll("\\s+", " "));
    }
}
