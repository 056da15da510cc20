package io.gondola.gateway.text;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code tojson} as transformers defines it: Python's {@code json.dumps}, with its arguments. */
final class PythonJson {

    /** Lists and dictionaries within one another. */
    private static final int DEPTH_MAX = 100;

    private final StringBuilder out = new StringBuilder();
    private final @Nullable String indent;
    private final String comma;
    private final String colon;
    private final boolean isSorted;
    private final boolean isAscii;

    private PythonJson(PythonFilter.Call call) {
        Object width = call.argument(1, "indent");
        indent = width instanceof Number number
                ? " ".repeat(number.intValue())
                : width instanceof CharSequence text ? text.toString() : null;
        List<?> separators = new ArrayList<>(PythonTypes.items(call.argument(2, "separators")));
        comma = separators.size() == 2 ? PythonTypes.str(separators.get(0)) : indent == null ? ", " : ",";
        colon = separators.size() == 2 ? PythonTypes.str(separators.get(1)) : ": ";
        isSorted = call.flag(3, "sort_keys");
        isAscii = call.flag(0, "ensure_ascii");
    }

    static String write(PythonFilter.Call call) {
        PythonJson json = new PythonJson(call);
        json.value(call.value(), 0);
        return json.out.toString();
    }

    private void value(@Nullable Object value, int depth) {
        if (depth > DEPTH_MAX) {
            throw new TemplateRefusal("tojson: nested more than " + DEPTH_MAX + " times");
        }
        if (value == null) {
            out.append("null");
        } else if (value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof Number) {
            out.append(PythonTypes.str(value));
        } else if (value instanceof Map<?, ?> map) {
            map(map, depth);
        } else if (value instanceof Collection<?> items) {
            enclosed('[', items, depth, item -> value(item, depth + 1), ']');
        } else if (value instanceof Map.Entry<?, ?> entry) {
            value(java.util.Arrays.asList(entry.getKey(), entry.getValue()), depth);
        } else {
            string(value.toString());
        }
    }

    private void map(Map<?, ?> map, int depth) {
        Map<Object, Object> ordered = isSorted ? new TreeMap<>(map) : new java.util.LinkedHashMap<>(map);
        enclosed(
                '{',
                ordered.entrySet(),
                depth,
                entry -> {
                    string(PythonTypes.str(entry.getKey()));
                    out.append(colon);
                    value(entry.getValue(), depth + 1);
                },
                '}');
    }

    private <T> void enclosed(
            char open, Collection<T> items, int depth, java.util.function.Consumer<T> writer, char close) {
        out.append(open);
        for (Iterator<T> next = items.iterator(); next.hasNext(); ) {
            line(depth + 1);
            writer.accept(next.next());
            out.append(next.hasNext() ? comma : "");
        }
        if (!items.isEmpty()) {
            line(depth);
        }
        out.append(close);
    }

    private void line(int depth) {
        if (indent != null) {
            out.append('\n').append(indent.repeat(depth));
        }
    }

    private void string(String text) {
        out.append('"');
        for (char c : JsonStringEncoder.getInstance().quoteAsString(text)) {
            if (isAscii && c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
