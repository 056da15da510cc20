package io.gondola.gateway.text;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import java.beans.FeatureDescriptor;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings, lists and dictionaries that chat templates call. */
final class PythonMethods extends ELResolver {

    /** What {@code x[from:to:step]} is written as: a method of these arguments, any of them null. */
    static final String SLICE = "slice__";

    private static final Pattern INDEX = Pattern.compile("-?\\d{1,9}");
    private static final Object[] NO_ARGUMENTS = {};

    private PythonMethods() {}

    /** Jinjava's own resolver with Python's methods before it. */
    static ELResolver resolver() {
        CompositeELResolver resolver = new CompositeELResolver();
        resolver.add(new PythonMethods());
        resolver.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
        return resolver;
    }

    @Override
    public @Nullable Object invoke(
            ELContext context,
            @Nullable Object base,
            Object method,
            Class<?> @Nullable [] types,
            Object @Nullable [] params) {
        Object[] arguments = params == null ? NO_ARGUMENTS : params;
        String name = String.valueOf(method);
        Object result = null;
        if (SLICE.equals(name)) {
            result = PythonSlice.of(base, arguments);
        } else if (base instanceof CharSequence text) {
            result = PythonStrings.call(text.toString(), name, arguments);
        } else if (base instanceof Map<?, ?> map && "get".equals(name) && arguments.length > 0) {
            result = map.get(arguments[0]);
            if (result == null) {
                result = arguments.length > 1 ? arguments[1] : "";
            }
        } else if (base instanceof Collection<?> items && "count".equals(name) && arguments.length == 1) {
            result = items.stream()
                    .filter(item -> PythonTypes.equal(item, arguments[0]))
                    .count();
        }
        if (result != null) {
            context.setPropertyResolved(true);
        }
        return result;
    }

    /** An element of a string; Jinjava gives the index as text. */
    @Override
    public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
        if (!(base instanceof CharSequence text
                && INDEX.matcher(String.valueOf(property)).matches())) {
            return null;
        }
        context.setPropertyResolved(true);
        List<?> characters = List.copyOf(PythonTypes.items(text));
        int index = Integer.parseInt(property.toString());
        int place = index < 0 ? index + characters.size() : index;
        return place >= 0 && place < characters.size() ? characters.get(place) : null;
    }

    @Override
    public @Nullable Class<?> getType(ELContext context, @Nullable Object base, Object property) {
        return null;
    }

    @Override
    public void setValue(ELContext context, @Nullable Object base, Object property, Object value) {}

    @Override
    public boolean isReadOnly(ELContext context, @Nullable Object base, Object property) {
        return true;
    }

    @Override
    public @Nullable Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, @Nullable Object base) {
        return null;
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, @Nullable Object base) {
        return Object.class;
    }
}
