package io.gondola.gateway.text;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Filters that Jinjava lacks, or has with other arguments or results. */
final class PythonFilter implements AdvancedFilter {

    /** What a filter is called with. */
    record Call(@Nullable Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {

        /** An argument, by its place or its name. */
        @Nullable
        Object argument(int place, String name) {
            return place < arguments.length ? arguments[place] : named.get(name);
        }

        boolean flag(int place, String name) {
            return PythonTypes.isTrue(argument(place, name));
        }

        int number(int place, String name, int otherwise) {
            return argument(place, name) instanceof Number number ? number.intValue() : otherwise;
        }

        List<Object> items() {
            return new ArrayList<>(PythonTypes.items(value));
        }
    }

    private final String name;
    private final Function<Call, @Nullable Object> function;

    private PythonFilter(String name, Function<Call, @Nullable Object> function) {
        this.name = name;
        this.function = function;
    }

    static List<Filter> all() {
        return List.of(
                new PythonFilter("default", PythonFilter::orDefault),
                new PythonFilter("d", PythonFilter::orDefault),
                new PythonFilter("first", call -> firstOf(call.items())),
                new PythonFilter("last", PythonFilter::last),
                new PythonFilter("list", Call::items),
                new PythonFilter("items", call -> entries(call.value())),
                new PythonFilter("dictsort", PythonFilter::sortedEntries),
                new PythonFilter("max", call -> firstOf(sorted(call, true))),
                new PythonFilter("min", call -> firstOf(sorted(call, false))),
                new PythonFilter("sort", call -> sorted(call, call.flag(0, "reverse"))),
                new PythonFilter("sum", PythonFilter::sum),
                new PythonFilter("string", call -> PythonTypes.str(call.value())),
                new PythonFilter("indent", PythonFilter::indented),
                new PythonFilter("tojson", call -> PythonJson.write(call)));
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public @Nullable Object filter(
            @Nullable Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
        return function.apply(new Call(value, interpreter, arguments, named));
    }

    private static @Nullable Object orDefault(Call call) {
        boolean isThere = call.value() != null && (!call.flag(1, "boolean") || PythonTypes.isTrue(call.value()));
        Object otherwise = call.argument(0, "default_value");
        return isThere ? call.value() : otherwise == null ? "" : otherwise;
    }

    private static @Nullable Object firstOf(List<Object> items) {
        return items.isEmpty() ? null : items.get(0);
    }

    private static @Nullable Object last(Call call) {
        List<Object> items = call.items();
        return items.isEmpty() ? null : items.get(items.size() - 1);
    }

    private static Collection<? extends Map.Entry<?, ?>> entries(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map.entrySet() : List.of();
    }

    private static List<?> sortedEntries(Call call) {
        List<Map.Entry<?, ?>> entries = new ArrayList<>(entries(call.value()));
        boolean isByValue = "value".equals(call.argument(1, "by"));
        Comparator<Map.Entry<?, ?>> order =
                (a, b) -> compare(isByValue ? a.getValue() : a.getKey(), isByValue ? b.getValue() : b.getKey(), call);
        entries.sort(call.flag(2, "reverse") ? order.reversed() : order);
        return entries;
    }

    private static List<Object> sorted(Call call, boolean isReversed) {
        Object attribute = call.named().get("attribute");
        List<Object> items = call.items();
        Comparator<Object> order = (a, b) -> compare(property(a, attribute, call), property(b, attribute, call), call);
        items.sort(isReversed ? order.reversed() : order);
        return items;
    }

    private static @Nullable Object property(Object item, @Nullable Object attribute, Call call) {
        return attribute == null ? item : call.interpreter().resolveProperty(item, attribute.toString());
    }

    private static int compare(@Nullable Object a, @Nullable Object b, Call call) {
        if (a instanceof Number left && b instanceof Number right) {
            return Double.compare(left.doubleValue(), right.doubleValue());
        } else if (a instanceof CharSequence left && b instanceof CharSequence right) {
            boolean isExact = PythonTypes.isTrue(call.named().get("case_sensitive"));
            return isExact
                    ? left.toString().compareTo(right.toString())
                    : left.toString().compareToIgnoreCase(right.toString());
        }
        throw new TemplateRefusal("what is sorted must be all numbers or all strings");
    }

    private static Object sum(Call call) {
        Object attribute = call.argument(0, "attribute");
        Object sum = call.argument(1, "start") == null ? 0L : call.argument(1, "start");
        for (Object item : call.items()) {
            Object value = property(item, attribute, call);
            sum = PythonOperators.plus(sum, value);
        }
        return sum;
    }

    private static String indented(Call call) {
        Object width = call.argument(0, "width");
        String indent = width instanceof CharSequence text ? text.toString() : " ".repeat(call.number(0, "width", 4));
        String[] lines = PythonTypes.str(call.value()).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            boolean isIndented = i == 0 ? call.flag(1, "first") : !lines[i].isEmpty() || call.flag(2, "blank");
            lines[i] = isIndented ? indent + lines[i] : lines[i];
        }
        return String.join("\n", lines);
    }
}
