package io.gondola.gateway.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.InterpreterFactory;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import org.jspecify.annotations.Nullable;

/** Writes values as Python does: {@code True}, {@code ['a', None]}. */
final class TemplateInterpreter extends JinjavaInterpreter {

    /** Of these. */
    static final class Factory implements InterpreterFactory {

        @Override
        public JinjavaInterpreter newInstance(JinjavaInterpreter original) {
            return new TemplateInterpreter(original);
        }

        @Override
        public JinjavaInterpreter newInstance(Jinjava application, Context context, JinjavaConfig config) {
            return new TemplateInterpreter(application, context, config);
        }
    }

    private TemplateInterpreter(JinjavaInterpreter original) {
        super(original);
    }

    private TemplateInterpreter(Jinjava application, Context context, JinjavaConfig config) {
        super(application, context, config);
    }

    @Override
    public String getAsString(@Nullable Object value) {
        return PythonTypes.str(value);
    }
}
