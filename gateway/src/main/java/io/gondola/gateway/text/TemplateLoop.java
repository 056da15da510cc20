package io.gondola.gateway.text;

import com.hubspot.jinjava.util.ForLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}. Jinjava's knows neither what was before nor what comes. */
public final class TemplateLoop extends ForLoop {

    private final List<?> items;

    TemplateLoop(List<?> items) {
        super(items.iterator(), items.size());
        this.items = items;
    }

    /** {@code loop.previtem}. */
    public @Nullable Object getPrevitem() {
        return getIndex0() > 0 ? items.get(getIndex0() - 1) : null;
    }

    /** {@code loop.nextitem}. */
    public @Nullable Object getNextitem() {
        return getIndex() < items.size() ? items.get(getIndex()) : null;
    }
}
