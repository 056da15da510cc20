package io.gondola.gateway.text;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.NullValue;
import com.hubspot.jinjava.interpret.OutputTooBigException;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.interpret.TemplateSyntaxException;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.lib.tag.SetTag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.LengthLimitingStringBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code {% for x in list if condition %}...{% else %}...{% endfor %}}. Jinjava's own drops the condition and knows no
 * else, goes through the values of a dictionary, and lets what one turn sets be seen by the next.
 */
final class LoopTag extends ForTag {

    private static final long serialVersionUID = 1;

    /** Loops that are kept read; those of a template are always the same. */
    private static final int LOOPS_MAX = 1000;

    private static final Pattern HEAD =
            Pattern.compile("\\s*\\(?([\\w\\s,]+?)\\)?\\s+in\\s+(.*?)(?:\\s+recursive)?\\s*", Pattern.DOTALL);

    private final transient Map<TagNode, Loop> loops = new ConcurrentHashMap<>();

    /**
     * A loop as it was read.
     *
     * @param isScopeForEach a scope for each turn costs more than the rest of it, and nobody notices where nothing is set
     */
    private record Loop(Head head, List<Node> body, List<Node> otherwise, boolean isScopeForEach) {

        static Loop read(TagNode node) {
            List<Node> body = new ArrayList<>();
            List<Node> otherwise = new ArrayList<>();
            List<Node> part = body;
            for (Node child : node.getChildren()) {
                if (child instanceof TagNode tag && ElseTag.TAG_NAME.equals(tag.getName())) {
                    part = otherwise;
                } else {
                    part.add(child);
                }
            }
            return new Loop(Head.parse(node), body, otherwise, body.stream().anyMatch(Loop::isSetting));
        }

        private static boolean isSetting(Node node) {
            return node instanceof TagNode tag && SetTag.TAG_NAME.equals(tag.getName())
                    || node.getChildren().stream().anyMatch(Loop::isSetting);
        }
    }

    /** What stands behind {@code for}. */
    private record Head(
            List<String> variables, String items, @Nullable String condition) {

        static Head parse(TagNode node) {
            Matcher matcher = HEAD.matcher(node.getHelpers());
            if (!matcher.matches()) {
                throw new TemplateSyntaxException(
                        node.getHelpers(), "for needs names, in, and a list", node.getLineNumber());
            }
            String items = matcher.group(2);
            int condition = TemplateExpression.find(items, 0, " if ");
            return new Head(
                    List.of(matcher.group(1).trim().split("\\s*,\\s*")),
                    condition < 0 ? items : items.substring(0, condition),
                    condition < 0 ? null : items.substring(condition + " if ".length()));
        }

        void assign(@Nullable Object item, JinjavaInterpreter interpreter) {
            if (variables.size() == 1) {
                put(variables.get(0), item, interpreter);
                return;
            }
            Collection<?> values = item instanceof Map.Entry<?, ?> entry
                    ? Arrays.asList(entry.getKey(), entry.getValue())
                    : PythonTypes.items(item);
            if (values.size() != variables.size()) {
                throw new TemplateRefusal(
                        "a loop has " + variables.size() + " variables, for an item of " + values.size() + " values");
            }
            Iterator<?> next = values.iterator();
            variables.forEach(variable -> put(variable, next.next(), interpreter));
        }

        private static void put(String variable, @Nullable Object value, JinjavaInterpreter interpreter) {
            interpreter.getContext().put(variable, value == null ? NullValue.INSTANCE : interpreter.wrap(value));
        }
    }

    @Override
    public String interpret(TagNode node, JinjavaInterpreter interpreter) {
        Loop loop = loops.get(node);
        if (loop == null) {
            loop = Loop.read(node);
            if (loops.size() < LOOPS_MAX) {
                loops.put(node, loop);
            }
        }
        List<?> items = items(loop.head(), node, interpreter);
        LengthLimitingStringBuilder text =
                new LengthLimitingStringBuilder(interpreter.getConfig().getMaxOutputSize());
        try {
            if (items.isEmpty()) {
                for (Node child : loop.otherwise()) {
                    text.append(child.render(interpreter));
                }
            } else {
                turns(loop, new TemplateLoop(items), interpreter, text);
            }
        } catch (OutputTooBigException e) {
            interpreter.addError(TemplateError.fromOutputTooBigException(e));
        }
        return text.toString();
    }

    private static void turns(
            Loop loop, TemplateLoop variable, JinjavaInterpreter interpreter, LengthLimitingStringBuilder text) {
        try (JinjavaInterpreter.InterpreterScopeClosable all = interpreter.enterScope()) {
            interpreter.getContext().put(LOOP, variable);
            while (variable.hasNext()) {
                if (loop.isScopeForEach()) {
                    try (JinjavaInterpreter.InterpreterScopeClosable one = interpreter.enterScope()) {
                        turn(loop, variable, interpreter, text);
                    }
                } else {
                    turn(loop, variable, interpreter, text);
                }
            }
        }
    }

    private static void turn(
            Loop loop, TemplateLoop variable, JinjavaInterpreter interpreter, LengthLimitingStringBuilder text) {
        loop.head().assign(variable.next(), interpreter);
        for (Node child : loop.body()) {
            text.append(child.render(interpreter));
            if (variable.isContinued()) {
                return;
            }
        }
    }

    /** What the loop goes through: the items that fulfil its condition. */
    private static List<?> items(Head head, TagNode node, JinjavaInterpreter interpreter) {
        List<Object> items =
                new ArrayList<>(PythonTypes.items(interpreter.resolveELExpression(head.items(), node.getLineNumber())));
        if (head.condition() != null) {
            String condition = head.condition();
            items.removeIf(item -> {
                StepLimit.count();
                try (JinjavaInterpreter.InterpreterScopeClosable scope = interpreter.enterScope()) {
                    head.assign(item, interpreter);
                    return !PythonTypes.isTrue(interpreter.resolveELExpression(condition, node.getLineNumber()));
                }
            });
        }
        return items;
    }
}
