package io.gondola.gateway.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a chat template as Jinjava must have it to make of it what Jinja makes. White space is taken away here, by the
 * rules of Jinja's lexer with {@code trim_blocks} and {@code lstrip_blocks}, because Jinjava's take blanks in the middle
 * of a line too. Lines keep their numbers: newlines that are taken away go on inside of the tag beside them.
 */
final class TemplateDialect {

    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");
    private static final Pattern RAW = Pattern.compile("\\s*raw\\s*");
    /** {@code {% generation %}}: transformers' mark around what the model said; it changes no text. */
    private static final Pattern GENERATION = Pattern.compile("\\s*(end)?generation\\s*");

    private final String source;
    private final StringBuilder result = new StringBuilder();
    private int at;
    /** Whether a line begins at {@link #at}, of which nothing has been written. */
    private boolean isLineStart = true;

    private TemplateDialect(String source) {
        this.source = source;
    }

    static String toJinjava(String source) {
        // As Jinja reads its source: one kind of newline, and the last one dropped.
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        return new TemplateDialect(text).rewrite();
    }

    private String rewrite() {
        for (int tag = nextTag(); tag >= 0; tag = nextTag()) {
            char kind = source.charAt(tag + 1);
            int end = kind == '#'
                    ? source.indexOf("#}", tag + 2)
                    : TemplateExpression.find(source, tag + 2, kind == '{' ? "}}" : "%}");
            if (end < 0) {
                break;
            }
            tag(tag, kind, end);
        }
        // What follows the last tag, or a tag without an end, of which Jinjava complains.
        return result.append(source, at, source.length()).toString();
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** Writes the text before a tag and the tag, and goes on behind it. */
    private void tag(int start, char kind, int end) {
        int from = start + 2;
        int to = end;
        char left = signAt(from, to, kind);
        from += left == 0 ? 0 : 1;
        char right = to > from ? signAt(to - 1, to, kind) : 0;
        to -= right == 0 ? 0 : 1;
        int lines = text(start, left, kind != '{');
        String content = source.substring(from, to);
        if (kind == '%' && RAW.matcher(content).matches()) {
            raw(end + 2, right, lines);
            return;
        }
        lines += skipBehind(end + 2, right, kind != '{');
        write(kind, content, lines);
    }

    /** A minus or plus that says what becomes of the white space beside a tag; a plus is none beside an expression. */
    private char signAt(int index, int end, char kind) {
        char c = index < end ? source.charAt(index) : 0;
        return c == '-' || (c == '+' && kind != '{') ? c : 0;
    }

    /** The text before a tag, without the white space that the tag takes; the newlines among that are returned. */
    private int text(int end, char sign, boolean isBlock) {
        int kept = end;
        if (sign == '-') {
            kept = at
                    + PythonStrings.strip(source.substring(at, end), null, false, true)
                            .length();
        } else if (isBlock && sign != '+') {
            kept = beforeIndent(end);
        }
        boolean isBrace = kept > at && source.charAt(kept - 1) == '{';
        result.append(source, at, isBrace ? kept - 1 : kept);
        // With the brace of the tag it would be another tag.
        result.append(isBrace ? "{{ '{' }}" : "");
        return newlines(kept, end);
    }

    /** Where the blanks begin that stand alone before {@code end} in its line. */
    private int beforeIndent(int end) {
        int line = Math.max(source.lastIndexOf('\n', end - 1) + 1, at);
        boolean isWholeLine = line > at || isLineStart;
        return isWholeLine && source.substring(line, end).chars().allMatch(PythonStrings::isSpace) ? line : end;
    }

    /** Goes on behind a tag, and behind the white space that it takes; the newlines among that are returned. */
    private int skipBehind(int end, char sign, boolean isBlock) {
        at = end;
        if (sign == '-') {
            while (at < source.length() && PythonStrings.isSpace(source.charAt(at))) {
                at++;
            }
        } else if (isBlock && sign != '+' && source.startsWith("\n", at)) {
            at++;
        }
        isLineStart = source.charAt(at - 1) == '\n';
        return newlines(end, at);
    }

    private void write(char kind, String content, int lines) {
        String breaks = "\n".repeat(lines);
        if (kind == '#') {
            result.append("{#")
                    .append(breaks)
                    .append("\n".repeat(newlines(content)))
                    .append("#}");
            return;
        }
        Matcher generation = GENERATION.matcher(content);
        String inside = kind == '%' && generation.matches()
                ? generation.group(1) == null ? " if true " : " endif "
                : TemplateExpression.toJinjava(content);
        result.append('{').append(kind).append(inside).append(breaks).append(' ');
        result.append(kind == '{' ? '}' : kind).append('}');
    }

    /** Text that is no template, up to {@code endraw}. */
    private void raw(int from, char sign, int lines) {
        Matcher end = END_RAW.matcher(source);
        if (!end.find(from)) {
            throw new TemplateRefusal("a raw block has no end");
        }
        int dropped = lines + skipBehind(from, sign, false);
        result.append("{% raw ").append("\n".repeat(dropped)).append("%}");
        dropped = text(end.start(), first(end.group(1)), true);
        dropped += skipBehind(end.end(), first(end.group(2)), true);
        result.append("{% endraw ").append("\n".repeat(dropped)).append("%}");
    }

    private static char first(String sign) {
        return sign.isEmpty() ? 0 : sign.charAt(0);
    }

    private int newlines(int from, int to) {
        return newlines(source.substring(from, to));
    }

    private static int newlines(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }
}
