package io.gondola.launch;

import io.gondola.launch.logging.LogSetup;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a command's service from its options to its end, or says in one line why not. */
public final class Launcher {

    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

    /** Opens the service that the settings ask for. */
    @FunctionalInterface
    public interface Opener {
        Service open(Settings settings) throws UsageException, StartupException;
    }

    /** Something that may be wrong with what was asked for. */
    @FunctionalInterface
    public interface Attempt {
        int run() throws UsageException, StartupException;
    }

    private final Command command;
    private final PrintStream out;
    private final PrintStream err;

    public Launcher(Command command, PrintStream out, PrintStream err) {
        this.command = command;
        this.out = out;
        this.err = err;
    }

    /** What a role's main does. */
    public static void main(Command command, String[] args, Opener opener) {
        int status = new Launcher(command, System.out, System.err).run(args, System.getenv(), opener);
        if (status != OK) {
            System.exit(status);
        }
    }

    /** Returns the exit status; 0 also when a service runs now. */
    public int run(String[] args, Map<String, String> environment, Opener opener) {
        return complaining(() -> {
            CommandLineOptions options = CommandLineOptions.parse(command, args);
            if (options.isHelp()) {
                out.print(options.help());
                return OK;
            }
            if (options.isVersion()) {
                int java = Runtime.version().feature();
                out.println("Gondola " + BuildVersion.text() + " (Java " + java + ")");
                return OK;
            }
            Settings settings = Settings.of(options, environment);
            LogSettings logs = LogSettings.of(settings);
            LogSetup.apply(logs.format(), logs.level(), BuildVersion.text(), command.word());
            EnvironmentVariables.unknown(environment).forEach(name -> LOG.warn("{} is not an option of Gondola", name));
            serve(opener.open(settings), options.isExitWhenReady());
            return OK;
        });
    }

    /** Turns what goes wrong into a line and a status. */
    public int complaining(Attempt attempt) {
        try {
            return attempt.run();
        } catch (UsageException wrong) {
            complain(wrong);
            return USAGE;
        } catch (StartupException failure) {
            complain(failure);
            LOG.debug("Startup failed", failure);
            return failure.kind() == StartupException.Kind.CONFIGURATION ? USAGE : FAILED;
        } catch (RuntimeException defect) {
            err.println("gondola: internal error: " + defect + " (--log-level debug shows where)");
            LOG.debug("Startup failed", defect);
            return FAILED;
        }
    }

    private void serve(Service service, boolean exitWhenReady) throws StartupException {
        AtomicBoolean failed = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(service, failed), "gondola-close"));
        try {
            service.load();
            LoggerFactory.getLogger(LogSetup.ANNOUNCEMENTS).info(service.announcement());
        } catch (StartupException | RuntimeException failure) {
            failed.set(true);
            service.close();
            throw failure;
        }
        if (exitWhenReady) {
            service.close();
        }
    }

    /** SIGTERM and Ctrl-C: the JVM runs this and then exits with 143 or 130. A role that went with grace says 0. */
    private void stop(Service service, AtomicBoolean failed) {
        service.close();
        if (command.isRole() && !failed.get()) {
            Runtime.getRuntime().halt(OK);
        }
    }

    private void complain(Exception failure) {
        err.println("gondola: " + String.valueOf(failure.getMessage()).replaceAll("\\s+", " "));
    }
}
