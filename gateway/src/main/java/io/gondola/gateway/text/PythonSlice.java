package io.gondola.gateway.text;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code x[from:to:step]} of a string or list, where negative indices count from the end. */
final class PythonSlice {

    private PythonSlice() {}

    /** @param bounds from, to and step; each may be null */
    static @Nullable Object of(@Nullable Object base, Object[] bounds) {
        if (base == null) {
            return null;
        }
        List<?> items = List.copyOf(PythonTypes.items(base));
        int step = bounds[2] instanceof Number number ? number.intValue() : 1;
        if (step == 0) {
            throw new TemplateRefusal("a slice's step cannot be zero");
        }
        int first = step > 0 ? 0 : -1;
        int last = step > 0 ? items.size() : items.size() - 1;
        int from = bound(bounds[0], step > 0 ? first : last, items.size(), first, last);
        int to = bound(bounds[1], step > 0 ? last : first, items.size(), first, last);
        List<Object> taken = new ArrayList<>();
        for (long i = from; step > 0 ? i < to : i > to; i += step) {
            taken.add(items.get((int) i));
        }
        if (base instanceof CharSequence) {
            StringBuilder text = new StringBuilder();
            taken.forEach(text::append);
            return text.toString();
        }
        return taken;
    }

    private static int bound(@Nullable Object given, int otherwise, int size, int first, int last) {
        if (!(given instanceof Number number)) {
            return otherwise;
        }
        long index = number.longValue() < 0 ? number.longValue() + size : number.longValue();
        return (int) Math.max(first, Math.min(last, index));
    }
}
