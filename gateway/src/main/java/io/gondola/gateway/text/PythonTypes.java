package io.gondola.gateway.text;

import com.hubspot.jinjava.el.TruthyTypeConverter;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What values are to Python: their text, whether they are true, equal, or in one another. */
final class PythonTypes extends TruthyTypeConverter {

    private static final long serialVersionUID = 1;

    /** Lists within lists that are written; deeper is an error. */
    private static final int DEPTH_MAX = 100;

    @Override
    protected String coerceToString(@Nullable Object value) {
        return str(value);
    }

    /** {@code str(value)}, and nothing for what is null: Jinjava does not tell what is undefined from None. */
    static String str(@Nullable Object value) {
        return value == null ? "" : value instanceof CharSequence ? value.toString() : repr(value, 0);
    }

    /** {@code repr(value)}. */
    static String repr(@Nullable Object value) {
        return repr(value, 0);
    }

    private static String repr(@Nullable Object value, int depth) {
        if (depth > DEPTH_MAX) {
            throw new TemplateRefusal("it writes a list that is nested more than " + DEPTH_MAX + " times");
        }
        if (value == null) {
            return "None";
        } else if (value instanceof CharSequence text) {
            return PythonString.repr(text.toString());
        } else if (value instanceof Boolean flag) {
            return flag ? "True" : "False";
        } else if (value instanceof BigDecimal number) {
            return Double.toString(number.doubleValue());
        } else if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(e -> repr(e.getKey(), depth + 1) + ": " + repr(e.getValue(), depth + 1))
                    .collect(Collectors.joining(", ", "{", "}"));
        } else if (value instanceof Map.Entry<?, ?> entry) {
            return "(" + repr(entry.getKey(), depth + 1) + ", " + repr(entry.getValue(), depth + 1) + ")";
        } else if (value instanceof Collection<?> items) {
            return items.stream().map(item -> repr(item, depth + 1)).collect(Collectors.joining(", ", "[", "]"));
        }
        return value.toString();
    }

    static boolean isTrue(@Nullable Object value) {
        return ObjectTruthValue.evaluate(value);
    }

    /** {@code a == b}: a string equals strings only, whatever the number in it. */
    static boolean equal(@Nullable Object a, @Nullable Object b) {
        if (a instanceof Long left && b instanceof Long right) {
            return left.equals(right);
        } else if (isNumber(a) && isNumber(b)) {
            return number(a).compareTo(number(b)) == 0;
        } else if (a instanceof CharSequence left && b instanceof CharSequence right) {
            return left.toString().equals(right.toString());
        } else if (a instanceof Collection<?> left && b instanceof Collection<?> right) {
            return left.size() == right.size() && allEqual(left.iterator(), right.iterator());
        }
        return Objects.equals(a, b);
    }

    private static boolean allEqual(Iterator<?> left, Iterator<?> right) {
        while (left.hasNext() && right.hasNext()) {
            if (!equal(left.next(), right.next())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(@Nullable Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    private static BigDecimal number(@Nullable Object value) {
        return value instanceof Boolean flag
                ? flag ? BigDecimal.ONE : BigDecimal.ZERO
                : new BigDecimal(String.valueOf(value));
    }

    /** {@code item in container}. */
    static boolean contains(@Nullable Object container, @Nullable Object item) {
        if (container instanceof CharSequence text) {
            return item != null && text.toString().contains(item.toString());
        } else if (container instanceof Map<?, ?> map && item instanceof String) {
            return map.containsKey(item);
        }
        for (Object element : items(container)) {
            if (equal(element, item)) {
                return true;
            }
        }
        return false;
    }

    /** What a loop over a value goes through: a string's characters, the keys of a dictionary. */
    static Collection<?> items(@Nullable Object value) {
        if (value instanceof Collection<?> collection) {
            return collection;
        } else if (value instanceof Map<?, ?> map) {
            return map.keySet();
        } else if (value instanceof Object[] array) {
            return Arrays.asList(array);
        } else if (value instanceof CharSequence text) {
            return text.codePoints().mapToObj(Character::toString).toList();
        } else if (value instanceof Iterable<?> iterable) {
            return StreamSupport.stream(iterable.spliterator(), false).toList();
        }
        return List.of();
    }
}
