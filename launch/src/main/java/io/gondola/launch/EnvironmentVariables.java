package io.gondola.launch;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The settings in the environment. An empty variable counts as none, because that is how a wrapper unsets one. */
public final class EnvironmentVariables {

    private static final String PREFIX = "GONDOLA_";

    private EnvironmentVariables() {}

    static Map<Setting, List<Given>> given(Map<String, String> environment) {
        Map<Setting, List<Given>> given = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            String value = environment.getOrDefault(setting.variable(), "");
            if (!value.isEmpty()) {
                given.put(
                        setting,
                        setting.split(value).stream()
                                .map(text -> new Given(setting.variable(), text.strip()))
                                .toList());
            }
        }
        return given;
    }

    /**
     * Variables that look like ours and are none. Not an error: Kubernetes puts its own, such as GONDOLA_SERVICE_HOST,
     * into every container beside a service called gondola.
     */
    public static List<String> unknown(Map<String, String> environment) {
        TreeSet<String> unknown = new TreeSet<>(environment.keySet());
        unknown.removeIf(name ->
                !name.startsWith(PREFIX) || name.startsWith(PREFIX + "SERVICE_") || name.startsWith(PREFIX + "PORT_"));
        for (Setting setting : Setting.values()) {
            unknown.remove(setting.variable());
        }
        return List.copyOf(unknown);
    }
}
