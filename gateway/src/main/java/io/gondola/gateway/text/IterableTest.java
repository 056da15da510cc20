package io.gondola.gateway.text;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code x is iterable} or {@code x is sequence} as in Python, where a string and a dictionary are both. */
final class IterableTest implements ExpTest {

    private final String name;

    IterableTest(String name) {
        this.name = name;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public boolean evaluate(@Nullable Object value, JinjavaInterpreter interpreter, Object... arguments) {
        return value instanceof Iterable<?>
                || value instanceof CharSequence
                || value instanceof Map<?, ?>
                || (value != null && value.getClass().isArray());
    }
}
