package io.gondola.gateway.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.tree.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's chat template: turns messages into the prompt text that the model was trained on. Parsed once, rendered by
 * any thread; a message is data and never read as template.
 */
public final class ChatTemplate {

    /** Jinjava notes in a context what it resolved: so a context is not kept for ever. */
    private static final int RENDERS_PER_CONTEXT = 1000;

    /** Functions and filters for the renderings of one thread; copying them for each would cost ten times the rest. */
    private static final class Library {
        final Context context;
        int renders;

        Library(Context context) {
            this.context = context;
        }
    }

    private final Jinjava jinjava;
    private final Node root;
    private final Map<String, Object> specialTokens;
    private final ThreadLocal<@Nullable Library> libraries = new ThreadLocal<>();

    private ChatTemplate(Jinjava jinjava, Node root, Map<String, Object> specialTokens) {
        this.jinjava = jinjava;
        this.root = root;
        this.specialTokens = specialTokens;
    }

    /**
     * Parses a template.
     *
     * @param source Jinja, as transformers reads it
     * @param specialTokens variables like {@code bos_token}
     */
    static ChatTemplate parse(String source, Map<String, String> specialTokens) throws ChatTemplateException {
        Jinjava jinjava = TemplateEngine.newJinjava();
        JinjavaInterpreter interpreter = jinjava.newInterpreter();
        JinjavaInterpreter.pushCurrent(interpreter);
        try {
            Node root = interpreter.parse(TemplateDialect.toJinjava(source));
            throwFirst(interpreter.getErrorsCopy());
            return new ChatTemplate(jinjava, root, Map.copyOf(specialTokens));
        } catch (RuntimeException e) {
            throw failure(e);
        } finally {
            JinjavaInterpreter.popCurrent();
        }
    }

    /** The prompt text, with the opening of the assistant's answer at its end. */
    public String render(List<ChatMessage> messages) throws ChatTemplateException {
        Map<String, Object> variables = new HashMap<>(specialTokens);
        variables.put("messages", toMaps(messages));
        variables.put("add_generation_prompt", true);
        Context context =
                new Context(library(), variables, jinjava.getGlobalConfig().getDisabled());
        JinjavaInterpreter interpreter = jinjava.getGlobalConfig()
                .getInterpreterFactory()
                .newInstance(jinjava, context, jinjava.getGlobalConfig());
        JinjavaInterpreter.pushCurrent(interpreter);
        StepLimit.reset();
        try {
            String text = interpreter.render(root);
            throwFirst(interpreter.getErrorsCopy());
            return text;
        } catch (RuntimeException | StackOverflowError e) {
            throw failure(e);
        } finally {
            JinjavaInterpreter.popCurrent();
        }
    }

    private Context library() {
        Library library = libraries.get();
        if (library == null || library.renders++ == RENDERS_PER_CONTEXT) {
            library = new Library(jinjava.getGlobalContextCopy());
            libraries.set(library);
        }
        return library.context;
    }

    private static List<Map<String, Object>> toMaps(List<ChatMessage> messages) {
        List<Map<String, Object>> maps = new ArrayList<>(messages.size());
        for (ChatMessage message : messages) {
            Map<String, Object> map = new HashMap<>();
            map.put("role", message.role());
            map.put("content", message.content());
            maps.add(map);
        }
        return maps;
    }

    /** Jinjava collects errors and goes on; Jinja stops at the first. */
    private static void throwFirst(List<TemplateError> errors) throws ChatTemplateException {
        for (TemplateError error : errors) {
            if (error.getSeverity() == TemplateError.ErrorType.FATAL) {
                TemplateRefusal refusal = refusalIn(error.getException());
                throw refusal != null
                        ? failure(refusal)
                        : new ChatTemplateException(
                                "The chat template fails in line " + error.getLineno() + ": " + error.getMessage(),
                                error.getException());
            }
        }
    }

    private static ChatTemplateException failure(Throwable cause) {
        TemplateRefusal refusal = refusalIn(cause);
        return refusal != null
                ? new ChatTemplateException(
                        "The model's chat template refuses these messages: " + refusal.getMessage(), refusal)
                : new ChatTemplateException("The chat template fails: " + cause.getMessage(), cause);
    }

    private static @Nullable TemplateRefusal refusalIn(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof TemplateRefusal refusal) {
                return refusal;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
