package io.gondola.gateway.text;

import java.util.Set;

/**
 * The inside of a tag, written as Jinjava's expressions have it: strings with the escapes that these know, one for
 * those that stand beside each other, and {@code x[a:b:c]} as a call of {@link PythonMethods#SLICE}.
 */
final class TemplateExpression {

    /** Words behind which a bracket opens a list, and no element of what stands before. */
    private static final Set<String> KEYWORDS =
            Set.of("in", "not", "and", "or", "if", "elif", "else", "is", "set", "for", "return", "do");

    private final String text;
    private int at;
    /** Whether what was written last is a value, of which a bracket takes an element. */
    private boolean isValue;

    private TemplateExpression(String text) {
        this.text = text;
    }

    static String toJinjava(String content) {
        TemplateExpression expression = new TemplateExpression(content);
        return expression.group((char) 0, new StringBuilder()).toString();
    }

    /**
     * The first {@code end} that stands in no string and within no bracket that is opened after {@code from}.
     *
     * @return -1 where there is none
     */
    static int find(String source, int from, String end) {
        int depth = 0;
        for (int i = from; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\'' || c == '"') {
                i = endOfString(source, i) - 1;
            } else if (depth <= 0 && source.startsWith(end, i)) {
                return i;
            } else if ("([{".indexOf(c) >= 0) {
                depth++;
            } else if (")]}".indexOf(c) >= 0) {
                depth--;
            }
        }
        return -1;
    }

    /** Behind the string that begins at {@code start}; the end of the source where it does not end. */
    private static int endOfString(String source, int start) {
        for (int i = start + 1; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == source.charAt(start)) {
                return i + 1;
            }
        }
        return source.length();
    }

    /** Up to the bracket that closes, which is not written, or to the end. */
    private StringBuilder group(char close, StringBuilder out) {
        isValue = false;
        while (at < text.length() && text.charAt(at) != close) {
            char c = text.charAt(at);
            if (c == '\'' || c == '"') {
                out.append(PythonString.encode(strings()));
                isValue = true;
            } else if (Character.isLetterOrDigit(c) || c == '_') {
                out.append(word());
            } else if (c == '[' && isValue) {
                element(out);
            } else if ("([{".indexOf(c) >= 0) {
                nested(c, out);
            } else {
                out.append(c);
                at++;
                isValue &= Character.isWhitespace(c);
            }
        }
        at++;
        return out;
    }

    private String word() {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        String word = text.substring(start, at);
        isValue = !KEYWORDS.contains(word);
        return word;
    }

    /** A string and those beside it, with nothing but white space between: to Python they are one. */
    private String strings() {
        StringBuilder value = new StringBuilder();
        int next = at;
        while (next < text.length() && (text.charAt(next) == '\'' || text.charAt(next) == '"')) {
            at = endOfString(text, next);
            value.append(PythonString.decode(text.substring(next + 1, Math.max(next + 1, at - 1))));
            for (next = at; next < text.length() && Character.isWhitespace(text.charAt(next)); ) {
                next++;
            }
        }
        return value.toString();
    }

    /** What brackets enclose. Braces stand apart from one another: two would be the end of a tag to Jinjava. */
    private void nested(char open, StringBuilder out) {
        at++;
        char close = open == '(' ? ')' : open == '[' ? ']' : '}';
        out.append(open).append(open == '{' ? " " : "");
        group(close, out);
        out.append(open == '{' ? " " : "").append(close);
        isValue = true;
    }

    /** {@code [i]}, or {@code [from:to:step]}. */
    private void element(StringBuilder out) {
        int end = find(text, at + 1, "]");
        String inside = text.substring(at + 1, end < 0 ? text.length() : end);
        at += inside.length() + 2;
        int colon = find(inside, 0, ":");
        if (colon < 0) {
            out.append('[').append(toJinjava(inside)).append(']');
        } else {
            int step = find(inside, colon + 1, ":");
            out.append('.').append(PythonMethods.SLICE).append('(');
            out.append(orNull(inside.substring(0, colon))).append(", ");
            out.append(orNull(inside.substring(colon + 1, step < 0 ? inside.length() : step)));
            out.append(", ")
                    .append(step < 0 ? "null" : orNull(inside.substring(step + 1)))
                    .append(')');
        }
        isValue = true;
    }

    private static String orNull(String part) {
        return part.isBlank() ? "null" : toJinjava(part);
    }
}
