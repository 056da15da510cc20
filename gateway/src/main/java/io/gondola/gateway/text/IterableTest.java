package io.gondola.gateway.text;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code x is iterable} as in Python, where a string is. */
final class IterableTest implements ExpTest {

    @Override
    public String getName() {
        return "iterable";
    }

    @Override
    public boolean evaluate(@Nullable Object value, JinjavaInterpreter interpreter, Object... arguments) {
        return value instanceof Iterable<?>
                || value instanceof CharSequence
                || value instanceof Map<?, ?>
                || (value != null && value.getClass().isArray());
    }
}
