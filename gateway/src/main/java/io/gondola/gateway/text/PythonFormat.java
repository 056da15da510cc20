package io.gondola.gateway.text;

import com.hubspot.jinjava.el.ext.NamedParameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Python's two ways to fill in the places of a text. */
final class PythonFormat {

    private static final Pattern PERCENT = Pattern.compile("%([-+ 0#]*\\d{0,3}(?:\\.\\d{1,3})?)([a-zA-Z%])");
    private static final Pattern BRACES = Pattern.compile("\\{\\{|}}|\\{(\\w*)(?::([^{}]*))?}");
    private static final Pattern SPECIFICATION = Pattern.compile("(0?\\d{0,3})(,?)((?:\\.\\d{1,3})?)([dfs]?)");

    private PythonFormat() {}

    /** {@code text % values}. */
    static String percent(String text, Object[] values) {
        Matcher matcher = PERCENT.matcher(text);
        StringBuilder result = new StringBuilder();
        for (int next = 0; matcher.find(); ) {
            char type = matcher.group(2).charAt(0);
            String written = "%";
            if (type != '%') {
                if (next == values.length) {
                    throw new TemplateRefusal("there are not enough values for " + text);
                }
                written = written(matcher.group(1), type, values[next++]);
            }
            matcher.appendReplacement(result, Matcher.quoteReplacement(written));
        }
        return matcher.appendTail(result).toString();
    }

    private static String written(String flags, char type, @Nullable Object value) {
        return switch (type) {
            case 's' -> String.format(Locale.ROOT, "%" + flags.replace("0", "") + "s", PythonTypes.str(value));
            case 'r' -> PythonTypes.repr(value);
            case 'd', 'i' ->
                String.format(Locale.ROOT, "%" + flags + "d", number(value).longValue());
            case 'f', 'F' ->
                String.format(Locale.ROOT, "%" + flags + "f", number(value).doubleValue());
            default -> throw new TemplateRefusal("the format %" + type + " is not supported");
        };
    }

    private static Number number(@Nullable Object value) {
        if (value instanceof Number number) {
            return number;
        }
        throw new TemplateRefusal("a number is needed, not " + PythonTypes.repr(value));
    }

    /** {@code text.format(values)}: places without a name, with a number or with a name. */
    static String braces(String text, Object[] arguments) {
        List<@Nullable Object> values = new ArrayList<>();
        Map<String, @Nullable Object> named = new HashMap<>();
        for (Object argument : arguments) {
            if (argument instanceof NamedParameter parameter) {
                named.put(parameter.getName(), parameter.getValue());
            } else {
                values.add(argument);
            }
        }
        Matcher matcher = BRACES.matcher(text);
        StringBuilder result = new StringBuilder();
        for (int next = 0; matcher.find(); ) {
            String name = matcher.group(1);
            String written;
            if (name == null) {
                written = matcher.group().substring(1);
            } else {
                String key = name.isEmpty() ? String.valueOf(next++) : name;
                written = specified(matcher.group(2), place(key, values, named));
            }
            matcher.appendReplacement(result, Matcher.quoteReplacement(written));
        }
        return matcher.appendTail(result).toString();
    }

    private static @Nullable Object place(
            String key, List<@Nullable Object> values, Map<String, @Nullable Object> named) {
        if (named.containsKey(key)) {
            return named.get(key);
        } else if (key.matches("\\d{1,6}") && Integer.parseInt(key) < values.size()) {
            return values.get(Integer.parseInt(key));
        }
        throw new TemplateRefusal("format has no value for {" + key + "}");
    }

    private static String specified(@Nullable String specification, @Nullable Object value) {
        if (specification == null || specification.isEmpty()) {
            return PythonTypes.str(value);
        }
        Matcher matcher = SPECIFICATION.matcher(specification);
        if (!matcher.matches()) {
            throw new TemplateRefusal("the format " + specification + " is not supported");
        }
        String type = matcher.group(4).isEmpty()
                ? value instanceof Number && !matcher.group(3).isEmpty() ? "f" : value instanceof Number ? "d" : "s"
                : matcher.group(4);
        return written(matcher.group(2) + matcher.group(1) + matcher.group(3), type.charAt(0), value);
    }
}
