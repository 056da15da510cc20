package io.gondola.launch;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What was set, from all sources: the command line wins over the environment, the environment over the file. */
public final class Settings {

    private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000);

    private final Map<Setting, List<Given>> given;

    private Settings(Map<Setting, List<Given>> given) {
        this.given = given;
    }

    public static Settings of(CommandLineOptions options, Map<String, String> environment) throws UsageException {
        Map<Setting, List<Given>> merged = new EnumMap<>(Setting.class);
        merged.putAll(EnvironmentVariables.given(environment));
        // One environment or file may serve all roles of a cluster: each takes what is its own.
        merged.keySet().removeIf(setting -> !setting.isOf(options.command()));
        merged.putAll(options.given());
        List<Given> file = merged.get(Setting.CONFIG);
        if (file != null) {
            ConfigFile.read(file.get(0)).forEach(merged::putIfAbsent);
        }
        return new Settings(merged);
    }

    /** Everything that was said about a setting; empty where nothing was. */
    public List<Given> all(Setting setting) {
        return given.getOrDefault(setting, List.of());
    }

    /** What was said, or the default. */
    public Given one(Setting setting) {
        List<Given> values = all(setting);
        return values.isEmpty() ? new Given(setting.option(), setting.defaultText()) : values.get(0);
    }

    public boolean isGiven(Setting setting) {
        return !all(setting).isEmpty();
    }

    public Path path(Setting setting) throws UsageException {
        String text = text(setting);
        try {
            return Path.of(text);
        } catch (InvalidPathException notAPath) {
            throw one(setting).wrong("no path: " + notAPath.getMessage());
        }
    }

    public String text(Setting setting) throws UsageException {
        Given value = one(setting);
        if (value.text().isBlank()) {
            throw value.wrong("must not be empty");
        }
        return value.text();
    }

    public int integer(Setting setting, int min, int max) throws UsageException {
        Given value = one(setting);
        try {
            int number = Integer.parseInt(value.text());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Falls through to the one message that says what is expected.
        }
        throw value.wrong("expected a whole number from " + min + " to " + max + ", not '" + value.text() + "'");
    }

    /** Seconds, with decimals if need be, as nanoseconds. */
    public long nanos(Setting setting, long secondsMax) throws UsageException {
        Given value = one(setting);
        BigDecimal nanos = seconds(value.text());
        if (nanos == null
                || nanos.signum() <= 0
                || nanos.compareTo(BigDecimal.valueOf(secondsMax).multiply(NANOS_PER_SECOND)) > 0) {
            throw value.wrong("expected seconds above 0 and up to " + secondsMax + ", for example 2.5, not '"
                    + value.text() + "'");
        }
        return Math.max(1, nanos.longValue());
    }

    private static @Nullable BigDecimal seconds(String text) {
        // The length bound keeps out 1e999999999, whose plain form would not fit the memory.
        if (!text.matches("[0-9]{1,12}(\\.[0-9]{1,9})?")) {
            return null;
        }
        return new BigDecimal(text).multiply(NANOS_PER_SECOND);
    }

    public <E extends Enum<E>> E choice(Setting setting, E[] choices) throws UsageException {
        Given value = one(setting);
        for (E choice : choices) {
            if (word(choice).equals(value.text().toLowerCase(Locale.ROOT))) {
                return choice;
            }
        }
        String known = Arrays.stream(choices).map(Settings::word).collect(Collectors.joining(", "));
        throw value.wrong("expected one of " + known + ", not '" + value.text() + "'");
    }

    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }
}
