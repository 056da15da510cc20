package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;
import io.gondola.scheduler.core.SchedulerLimits;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every limit of the scheduler by the name that it has in {@link SchedulerLimits} and in refusals, so that each can be
 * set and none is forgotten. What is bounded for each class and tenant has that one's name in front: {@code
 * batchTokensMax}.
 */
final class SchedulerKnobs {

    private static final String OPTION = "--limit";

    private final Map<String, String> wanted;
    private final Map<String, String> known = new LinkedHashMap<>();

    private SchedulerKnobs(Map<String, String> wanted) {
        this.wanted = wanted;
    }

    /** The limits with these changed. @param wanted values by name */
    static SchedulerLimits apply(SchedulerLimits limits, Map<String, String> wanted) throws UsageException {
        SchedulerKnobs knobs = new SchedulerKnobs(wanted);
        SchedulerLimits changed = (SchedulerLimits) knobs.rebuild(limits, "");
        for (String name : wanted.keySet()) {
            if (!knobs.known.containsKey(name)) {
                throw new UsageException(
                        OPTION, "'" + name + "' is no limit; there are " + String.join(", ", knobs.known.keySet()));
            }
        }
        return changed;
    }

    /** Names and values of all. */
    static Map<String, String> all(SchedulerLimits limits) {
        SchedulerKnobs knobs = new SchedulerKnobs(Map.of());
        try {
            knobs.rebuild(limits, "");
        } catch (UsageException impossible) {
            throw new IllegalStateException(impossible);
        }
        return knobs.known;
    }

    private Record rebuild(Record record, String prefix) throws UsageException {
        RecordComponent[] components = record.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        String changed = null;
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            Object value = get(record, components[i]);
            if (value instanceof Record inner) {
                values[i] = rebuild(inner, isOneOfMany(inner, record) ? components[i].getName() : "");
                continue;
            }
            String name = prefix.isEmpty() ? components[i].getName() : prefix + capitalised(components[i].getName());
            known.put(name, String.valueOf(value));
            String text = wanted.get(name);
            values[i] = text == null ? value : parse(name, text, types[i]);
            changed = text == null ? changed : name;
        }
        return construct(record.getClass(), types, values, changed);
    }

    /** Whether a record has several of this kind, which then share their names. */
    private static boolean isOneOfMany(Record inner, Record outer) {
        int count = 0;
        for (RecordComponent component : outer.getClass().getRecordComponents()) {
            count += component.getType() == inner.getClass() ? 1 : 0;
        }
        return count > 1;
    }

    private static Object get(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Record construct(Class<?> type, Class<?>[] types, Object[] values, @Nullable String changed)
            throws UsageException {
        try {
            return (Record) type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException refused) {
            Throwable why = refused.getCause();
            throw new UsageException(OPTION + " " + changed, String.valueOf(why == null ? refused : why.getMessage()));
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Object parse(String name, String text, Class<?> type) throws UsageException {
        try {
            if (type == boolean.class && (text.equals("true") || text.equals("false"))) {
                return Boolean.valueOf(text);
            } else if (type == int.class) {
                return Integer.valueOf(text);
            } else if (type == long.class) {
                return Long.valueOf(text);
            } else if (type == double.class) {
                return Double.valueOf(text);
            }
        } catch (NumberFormatException wrong) {
            // Falls through to the one message that says what is expected.
        }
        throw new UsageException(OPTION + " " + name, "expected a " + type + ", not '" + text + "'");
    }

    private static String capitalised(String name) {
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }
}
