package io.gondola.launch;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line, as picocli reads it: texts only; what they mean is the same for all sources and comes later. */
public final class CommandLineOptions {

    private static final int HELP_COLUMNS = 100;

    /** Hidden: what the launcher script runs at the end of a build, so that the first start is as fast as the others. */
    public static final String EXIT_WHEN_READY = "--exit-when-ready";

    private final Command command;
    private final CommandLine commandLine;
    private final ParseResult parsed;

    private CommandLineOptions(Command command, CommandLine commandLine, ParseResult parsed) {
        this.command = command;
        this.commandLine = commandLine;
        this.parsed = parsed;
    }

    /** @param command what runs: it decides which options there are */
    public static CommandLineOptions parse(Command command, String... args) throws UsageException {
        CommandLine commandLine = new CommandLine(spec(command))
                .setExpandAtFiles(false)
                .setTrimQuotes(false)
                .setUsageHelpWidth(HELP_COLUMNS);
        try {
            return new CommandLineOptions(command, commandLine, commandLine.parseArgs(args));
        } catch (UnmatchedArgumentException unknown) {
            List<String> similar = unknown.getSuggestions();
            String hint = similar.isEmpty() ? "" : " (did you mean " + String.join(" or ", similar) + "?)";
            throw new UsageException(
                    unknown.getUnmatched().get(0),
                    "unknown option" + hint + "; " + command.line() + " --help shows all");
        } catch (ParameterException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
    }

    private static CommandSpec spec(Command command) {
        CommandSpec spec = CommandSpec.create().name(command.line()).mixinStandardHelpOptions(true);
        spec.usageMessage()
                .description(command.description() + "%n")
                .sortOptions(false)
                .footer(
                        command.isRole()
                                ? "%n./gondola --help tells of everything in one process.%n"
                                : "%n./gondola gateway, scheduler and worker are the roles of a cluster, ./gondola simulate"
                                        + " simulates a load, ./gondola bench engine measures an engine; each has its own"
                                        + " --help.%n",
                        "Every option is also an environment variable: --max-queue is GONDOLA_MAX_QUEUE. The command line"
                                + " wins over the environment, the environment over the file.%n",
                        "Exit status: 0 after --help and --version; 1 when it could not start; 2 when an option, a variable"
                                + " or a file is wrong; once all is closed after SIGTERM or Ctrl-C, "
                                + (command.isRole() ? "0." : "143 or 130, as Java gives them."));
        for (Setting setting : Setting.values()) {
            if (setting.isOf(command)) {
                spec.addOption(optionSpec(setting));
            }
        }
        return spec.addOption(OptionSpec.builder(EXIT_WHEN_READY)
                .type(boolean.class)
                .hidden(true)
                .build());
    }

    private static OptionSpec optionSpec(Setting setting) {
        String byDefault = setting.defaultText().isEmpty() ? "" : " Default: " + setting.defaultText() + ".";
        // To picocli a description is a format.
        OptionSpec.Builder option = OptionSpec.builder(setting.option())
                .paramLabel(setting.label())
                .description((setting.description() + byDefault).replace("%", "%%"));
        return setting.isRepeatable()
                ? option.type(List.class)
                        .auxiliaryTypes(String.class)
                        .arity("1")
                        .build()
                : option.type(String.class).arity("1").build();
    }

    Command command() {
        return command;
    }

    boolean isHelp() {
        return parsed.isUsageHelpRequested();
    }

    boolean isVersion() {
        return parsed.isVersionHelpRequested();
    }

    boolean isExitWhenReady() {
        return parsed.hasMatchedOption(EXIT_WHEN_READY);
    }

    String help() {
        return commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    /** What was given, by setting. */
    Map<Setting, List<Given>> given() {
        Map<Setting, List<Given>> given = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            if (setting.isOf(command) && parsed.hasMatchedOption(setting.option())) {
                List<Given> values = new ArrayList<>();
                for (String text : parsed.matchedOption(setting.option()).originalStringValues()) {
                    values.add(new Given(setting.option(), text));
                }
                given.put(setting, values);
            }
        }
        return given;
    }
}
