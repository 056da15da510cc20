package io.gondola.gateway.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import java.util.Map;
import java.util.Set;

/**
 * Jinjava set up as transformers sets up Jinja for chat templates: blocks trimmed, no files, bounded. A template comes
 * with a model, and models come from anywhere: it may compute text and nothing else.
 */
final class TemplateEngine {

    /** The longest prompt text a template may produce, in characters. */
    static final int OUTPUT_CHARS_MAX = 32 * 1024 * 1024;
    /** The most steps of a {@code range}. */
    static final int RANGE_MAX = 1000;
    /** How deep macros and blocks may nest. */
    static final int RENDER_DEPTH_MAX = 20;

    private TemplateEngine() {}

    static Jinjava newJinjava() {
        JinjavaConfig config = JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withKeepTrailingNewline(false)
                // Otherwise a message that holds {{ ... }} would be run.
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(OUTPUT_CHARS_MAX)
                .withMaxStringLength(OUTPUT_CHARS_MAX)
                .withRangeLimit(RANGE_MAX)
                .withMaxRenderDepth(RENDER_DEPTH_MAX)
                .withDisabled(Map.of(Library.TAG, Set.of("include", "import", "from", "extends", "do")))
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor(new StepLimit())
                        .build())
                .withElResolver(PythonMethods.resolver())
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withParseWhitespaceControlStrictly(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withUseSnakeCasePropertyNaming(true)
                        .withKeepNullableLoopValues(true)
                        .build())
                .build();
        Jinjava jinjava = new Jinjava(config);
        jinjava.setResourceLocator((name, encoding, interpreter) -> {
            throw new ResourceNotFoundException("a chat template may not read files: " + name);
        });
        Context context = jinjava.getGlobalContext();
        context.registerFunction(function("raise_exception", "raiseException", Object.class));
        context.registerFunction(function("strftime_now", "strftimeNow", String.class));
        context.registerFunction(function("namespace", "namespace", Object[].class));
        context.registerExpTest(new IterableTest());
        context.registerFilter(new ToJsonFilter());
        return jinjava;
    }

    private static ELFunctionDefinition function(String name, String method, Class<?> parameter) {
        return new ELFunctionDefinition("", name, TemplateFunctions.class, method, parameter);
    }
}
