package io.gondola.gateway.text;

/** String literals: Python's escapes read, and written as Jinjava's expressions know them. */
final class PythonString {

    private PythonString() {}

    /** The text that the inside of a literal stands for. An escape that is none stays as it is. */
    static String decode(String inside) {
        if (inside.indexOf('\\') < 0) {
            return inside;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < inside.length(); i++) {
            char c = inside.charAt(i);
            if (c != '\\' || i + 1 == inside.length()) {
                text.append(c);
                continue;
            }
            char escape = inside.charAt(++i);
            int digits = digits(escape);
            if (digits > 0 && i + digits < inside.length() && isHex(inside.substring(i + 1, i + 1 + digits))) {
                text.appendCodePoint(Integer.parseInt(inside.substring(i + 1, i + 1 + digits), 16));
                i += digits;
            } else {
                text.append(simple(escape));
            }
        }
        return text.toString();
    }

    private static int digits(char escape) {
        return switch (escape) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
        };
    }

    private static boolean isHex(String digits) {
        return digits.chars().allMatch(c -> Character.digit(c, 16) >= 0)
                && Long.parseLong(digits, 16) <= Character.MAX_CODE_POINT;
    }

    private static String simple(char escape) {
        return switch (escape) {
            case '\n' -> "";
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case 'b' -> "\b";
            case 'f' -> "\f";
            case 'a' -> "\u0007";
            case 'v' -> "\u000B";
            case '0' -> "\0";
            case '\\', '\'', '"' -> String.valueOf(escape);
            default -> "\\" + escape;
        };
    }

    /** A literal of Jinjava's. */
    static String encode(String text) {
        StringBuilder literal = new StringBuilder("'");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\', '\'' -> literal.append('\\').append(c);
                case '\n' -> literal.append("\\n");
                case '\t' -> literal.append("\\t");
                case '\r' -> literal.append("\\r");
                default -> literal.append(c);
            }
        }
        return literal.append('\'').toString();
    }

    /** As Python's {@code repr} has a string. */
    static String repr(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder literal = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> literal.append("\\n");
                case '\t' -> literal.append("\\t");
                case '\r' -> literal.append("\\r");
                case '\\' -> literal.append("\\\\");
                default -> {
                    if (c == quote) {
                        literal.append('\\').append(quote);
                    } else if (c < ' ' || c == 0x7f) {
                        literal.append(String.format("\\x%02x", c));
                    } else {
                        literal.appendCodePoint(c);
                    }
                }
            }
        });
        return literal.append(quote).toString();
    }
}
