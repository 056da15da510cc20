package io.gondola.gateway.text;

import java.util.regex.Pattern;

/** Writes what chat templates use of Jinja and Jinjava lacks in a form that Jinjava knows. */
final class TemplateDialect {

    /** {@code messages[::-1]}: a list backwards. */
    private static final Pattern REVERSED = Pattern.compile("\\b([A-Za-z_]\\w*)\\[::-1]");
    /** {@code {% generation %}}: transformers' mark around what the model said; it changes no text. */
    private static final Pattern GENERATION = Pattern.compile("\\{%(-?)\\s*generation\\s*(-?)%}");

    private static final Pattern END_GENERATION = Pattern.compile("\\{%(-?)\\s*endgeneration\\s*(-?)%}");

    private TemplateDialect() {}

    static String toJinjava(String source) {
        // As Jinja reads its source: one kind of newline, and the last one dropped.
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        text = REVERSED.matcher(text).replaceAll("$1|reverse");
        text = GENERATION.matcher(text).replaceAll("{%$1 if true $2%}");
        return END_GENERATION.matcher(text).replaceAll("{%$1 endif $2%}");
    }
}
