package io.gondola.gateway.text;

import com.hubspot.jinjava.el.ext.NamedParameter;
import com.hubspot.jinjava.objects.Namespace;
import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that transformers gives to chat templates. Jinjava calls them by name. */
public final class TemplateFunctions {

    private TemplateFunctions() {}

    /** {@code raise_exception(message)}: the template refuses the chat. */
    public static Object raiseException(@Nullable Object message) {
        throw new TemplateRefusal(String.valueOf(message));
    }

    /** {@code strftime_now(format)}: the local time in a format of Python's strftime. */
    public static String strftimeNow(String format) {
        return StrftimeFormatter.format(ZonedDateTime.now(ZoneId.systemDefault()), format);
    }

    /** {@code namespace(a=1, b=2)}: variables that a loop can change. Jinjava's own takes only one. */
    public static Namespace namespace(Object... values) {
        Namespace namespace = new Namespace();
        putAll(values, namespace);
        return namespace;
    }

    /** {@code dict(a=1, b=2)}. */
    public static Map<String, Object> dict(Object... values) {
        Map<String, Object> dict = new LinkedHashMap<>();
        putAll(values, dict);
        return dict;
    }

    private static void putAll(Object[] values, Map<String, Object> target) {
        for (Object value : values) {
            if (value instanceof NamedParameter named) {
                target.put(named.getName(), named.getValue());
            } else if (value instanceof Map<?, ?> map) {
                map.forEach((key, mapped) -> target.put(String.valueOf(key), mapped));
            }
        }
    }
}
