package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The arguments of a subcommand, which fill the options that it is made of. */
final class Arguments {

    private Arguments() {}

    /** Fills the options; true when help was asked for, and printed, and nothing else is to be done. */
    static boolean askForHelp(CommandLine line, List<String> args, PrintStream out) throws UsageException {
        try {
            line.setExpandAtFiles(false).parseArgs(args.toArray(String[]::new));
        } catch (ParameterException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
        if (line.isUsageHelpRequested()) {
            line.usage(out, CommandLine.Help.Ansi.OFF);
            return true;
        }
        return false;
    }
}
