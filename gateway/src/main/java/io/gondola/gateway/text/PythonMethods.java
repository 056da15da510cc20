package io.gondola.gateway.text;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import java.beans.FeatureDescriptor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings and dictionaries that chat templates call. */
final class PythonMethods extends ELResolver {

    private static final Object[] NO_ARGUMENTS = {};

    private PythonMethods() {}

    /** Jinjava's own resolver with Python's methods before it. */
    static ELResolver resolver() {
        CompositeELResolver resolver = new CompositeELResolver();
        resolver.add(new PythonMethods());
        resolver.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
        return resolver;
    }

    @Override
    public @Nullable Object invoke(
            ELContext context,
            @Nullable Object base,
            Object method,
            Class<?> @Nullable [] types,
            Object @Nullable [] params) {
        Object[] arguments = params == null ? NO_ARGUMENTS : params;
        Object result = null;
        if (base instanceof CharSequence text) {
            result = onString(text.toString(), String.valueOf(method), arguments);
        } else if (base instanceof Map<?, ?> map && "get".equals(method) && arguments.length > 0) {
            result = map.get(arguments[0]);
            if (result == null) {
                result = arguments.length > 1 ? arguments[1] : "";
            }
        }
        if (result != null) {
            context.setPropertyResolved(true);
        }
        return result;
    }

    /** Null for a method that is not Python's. */
    private static @Nullable Object onString(String text, String method, Object[] arguments) {
        return switch (method) {
            case "strip" -> strip(text, characters(arguments), true, true);
            case "lstrip" -> strip(text, characters(arguments), true, false);
            case "rstrip" -> strip(text, characters(arguments), false, true);
            case "startswith" -> text.startsWith(argument(arguments));
            case "endswith" -> text.endsWith(argument(arguments));
            case "split" -> split(text, arguments);
            case "upper" -> text.toUpperCase(java.util.Locale.ROOT);
            case "lower" -> text.toLowerCase(java.util.Locale.ROOT);
            default -> null;
        };
    }

    private static String argument(Object[] arguments) {
        return arguments.length == 0 ? "" : String.valueOf(arguments[0]);
    }

    private static @Nullable String characters(Object[] arguments) {
        return arguments.length == 0 || arguments[0] == null ? null : String.valueOf(arguments[0]);
    }

    private static String strip(String text, @Nullable String characters, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && isStripped(text.charAt(from), characters)) {
            from++;
        }
        while (right && to > from && isStripped(text.charAt(to - 1), characters)) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isStripped(char c, @Nullable String characters) {
        return characters == null ? Character.isWhitespace(c) || Character.isSpaceChar(c) : characters.indexOf(c) >= 0;
    }

    private static List<String> split(String text, Object[] arguments) {
        String separator = characters(arguments);
        if (separator == null || separator.isEmpty()) {
            return Arrays.asList(text.strip().split("\\s+"));
        }
        int limit = arguments.length > 1 && arguments[1] instanceof Number most ? most.intValue() + 1 : -1;
        return Arrays.asList(text.split(java.util.regex.Pattern.quote(separator), limit));
    }

    @Override
    public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
        return null;
    }

    @Override
    public @Nullable Class<?> getType(ELContext context, @Nullable Object base, Object property) {
        return null;
    }

    @Override
    public void setValue(ELContext context, @Nullable Object base, Object property, Object value) {}

    @Override
    public boolean isReadOnly(ELContext context, @Nullable Object base, Object property) {
        return true;
    }

    @Override
    public @Nullable Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, @Nullable Object base) {
        return null;
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, @Nullable Object base) {
        return Object.class;
    }
}
