package io.gondola.gateway.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeBuilder;
import jinjava.javax.el.ExpressionFactory;

/**
 * Jinjava set up as transformers sets up Jinja for chat templates: blocks trimmed, no files, bounded. A template comes
 * with a model, and models come from anywhere: it may compute text and nothing else.
 *
 * <p>Jinjava's expressions and white space are not Jinja's; what chat templates use of them is put right by the classes
 * whose names begin with Python, by {@link TemplateDialect} and by {@link LoopTag}. Refused, since neither has them:
 * the tags filter and with, comparisons in a chain, joiner and cycler. Not told apart: None and what is undefined, both
 * written as nothing, and tuples and lists.
 */
final class TemplateEngine {

    /** The longest prompt text a template may produce, in characters. */
    static final int OUTPUT_CHARS_MAX = 32 * 1024 * 1024;
    /** The most steps of a {@code range}. */
    static final int RANGE_MAX = 1000;
    /** How deep macros and blocks may nest. */
    static final int RENDER_DEPTH_MAX = 20;

    private static final List<String> FUNCTIONS =
            List.of("raise_exception", "strftime_now", "namespace", "dict", "range");

    private TemplateEngine() {}

    private static JinjavaConfig newConfig() {
        return JinjavaConfig.newBuilder()
                // White space is what TemplateDialect has left.
                .withTrimBlocks(false)
                .withLstripBlocks(false)
                .withKeepTrailingNewline(true)
                // Otherwise a message that holds {{ ... }} would be run.
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(OUTPUT_CHARS_MAX)
                .withMaxStringLength(OUTPUT_CHARS_MAX)
                .withRangeLimit(RANGE_MAX)
                .withMaxRenderDepth(RENDER_DEPTH_MAX)
                .withEnableRecursiveMacroCalls(true)
                .withMaxMacroRecursionDepth(RENDER_DEPTH_MAX)
                .withInterperterFactory(new TemplateInterpreter.Factory())
                .withDisabled(Map.of(Library.TAG, Set.of("include", "import", "from", "extends", "do")))
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor(new StepLimit())
                        .build())
                .withElResolver(PythonMethods.resolver())
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withParseWhitespaceControlStrictly(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withUseSnakeCasePropertyNaming(true)
                        .withEvaluateMapKeys(true)
                        .build())
                .build();
    }

    static Jinjava newJinjava() {
        Jinjava jinjava = new PythonJinjava(newConfig());
        jinjava.setResourceLocator((name, encoding, interpreter) -> {
            throw new ResourceNotFoundException("a chat template may not read files: " + name);
        });
        Context context = jinjava.getGlobalContext();
        context.registerFunction(function("raise_exception", "raiseException", Object.class));
        context.registerFunction(function("strftime_now", "strftimeNow", String.class));
        context.registerFunction(function("namespace", "namespace", Object[].class));
        context.registerFunction(function("dict", "dict", Object[].class));
        // Functions are variables too: templates ask whether they are defined.
        FUNCTIONS.forEach(name -> context.put(name, name));
        context.registerExpTest(new IterableTest("iterable"));
        context.registerExpTest(new IterableTest("sequence"));
        PythonFilter.all().forEach(context::registerFilter);
        context.registerTag(new LoopTag());
        return jinjava;
    }

    /** Jinjava with expressions as {@link PythonParser} reads them. */
    private static final class PythonJinjava extends Jinjava {

        private final ExpressionFactory expressions;

        PythonJinjava(JinjavaConfig config) {
            super(config);
            Properties properties = new Properties();
            properties.setProperty(TreeBuilder.class.getName(), PythonParser.Syntax.class.getName());
            expressions = new ExpressionFactoryImpl(properties, new PythonTypes());
        }

        @Override
        public ExpressionFactory getExpressionFactory() {
            return expressions;
        }
    }

    private static ELFunctionDefinition function(String name, String method, Class<?> parameter) {
        return new ELFunctionDefinition("", name, TemplateFunctions.class, method, parameter);
    }
}
