package io.gondola.gateway.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes what chat templates use of Jinja and Jinjava lacks in a form that Jinjava knows. */
final class TemplateDialect {

    /** A tag or an expression; in its strings a backslash at the end of a line goes on in the next. */
    private static final Pattern TAG = Pattern.compile("\\{%.*?%}|\\{\\{.*?}}", Pattern.DOTALL);
    /** {@code messages[::-1]}: a list backwards. */
    private static final Pattern REVERSED = Pattern.compile("\\b([A-Za-z_]\\w*)\\[::-1]");
    /** {@code {% generation %}}: transformers' mark around what the model said; it changes no text. */
    private static final Pattern GENERATION = Pattern.compile("\\{%(-?)\\s*generation\\s*(-?)%}");

    private static final Pattern END_GENERATION = Pattern.compile("\\{%(-?)\\s*endgeneration\\s*(-?)%}");

    /** {@code {% for item in list if condition %}}: Jinjava drops the condition and the loop, without a word. */
    private static final Pattern FILTERED_LOOP = Pattern.compile(
            "\\{%(-?)\\s*for\\s+((?:(?!%}).)+?)\\s+in\\s+((?:(?!%}).)+?)\\s+if\\s+((?:(?!%}).)+?)\\s*(-?)%}",
            Pattern.DOTALL);

    private static final String NAMESPACE = "namespace(";
    private static final Pattern NAMED_ARGUMENT = Pattern.compile("(\\s*\\w+)\\s*=(.*)", Pattern.DOTALL);

    private TemplateDialect() {}

    static String toJinjava(String source) {
        // As Jinja reads its source: one kind of newline, and the last one dropped.
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        text = TAG.matcher(text)
                .replaceAll(tag -> Matcher.quoteReplacement(tag.group().replace("\\\n", "")));
        text = REVERSED.matcher(text).replaceAll("$1|reverse");
        text = namespaces(filteredLoops(text));
        text = GENERATION.matcher(text).replaceAll("{%$1 if true $2%}");
        return END_GENERATION.matcher(text).replaceAll("{%$1 endif $2%}");
    }

    /** Collects what fulfils the condition first and then loops over that, so that {@code loop.last} is right. */
    private static String filteredLoops(String text) {
        Matcher matcher = FILTERED_LOOP.matcher(text);
        StringBuilder result = new StringBuilder();
        for (int number = 0; matcher.find(); number++) {
            String condition = matcher.group(4);
            boolean isChoice = condition.contains(" else ");
            String kept = "kept_" + number;
            String loop = "{%" + matcher.group(1) + " set " + kept + " = namespace(items=[]) %}{% for "
                    + matcher.group(2) + " in " + matcher.group(3) + " %}{% if " + condition + " %}{% set " + kept
                    + ".items = " + kept + ".items + [" + matcher.group(2) + "] %}{% endif %}{% endfor %}{% for "
                    + matcher.group(2) + " in " + kept + ".items " + matcher.group(5) + "%}";
            matcher.appendReplacement(result, Matcher.quoteReplacement(isChoice ? matcher.group() : loop));
        }
        return matcher.appendTail(result).toString();
    }

    /**
     * Puts the values of {@code namespace(a=x - 1, b=y)} into parentheses: to Jinjava the equals sign binds stronger
     * than any other operator.
     */
    private static String namespaces(String text) {
        StringBuilder result = new StringBuilder();
        int done = 0;
        for (int at = text.indexOf(NAMESPACE); at >= 0; at = text.indexOf(NAMESPACE, done)) {
            int from = at + NAMESPACE.length();
            result.append(text, done, from);
            done = from;
            for (int to = endOfArgument(text, from); to < text.length(); to = endOfArgument(text, done)) {
                result.append(parenthesised(text.substring(done, to))).append(text.charAt(to));
                done = to + 1;
                if (text.charAt(to) == ')') {
                    break;
                }
            }
        }
        return result.append(text, done, text.length()).toString();
    }

    private static String parenthesised(String argument) {
        Matcher matcher = NAMED_ARGUMENT.matcher(argument);
        return matcher.matches() ? matcher.group(1) + "=(" + matcher.group(2) + ")" : argument;
    }

    /** Where the comma or parenthesis behind an argument is, or the end of the text. */
    private static int endOfArgument(String text, int from) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\'' || c == '"') {
                int end = text.indexOf(c, i + 1);
                i = end < 0 ? text.length() : end;
            } else if (depth == 0 && (c == ',' || c == ')')) {
                return i;
            } else if ("([{".indexOf(c) >= 0) {
                depth++;
            } else if (")]}".indexOf(c) >= 0) {
                depth--;
            }
        }
        return text.length();
    }
}
