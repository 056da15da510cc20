package io.gondola.gateway.text;

import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import java.time.ZonedDateTime;
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
        return StrftimeFormatter.format(ZonedDateTime.now(), format);
    }
}
