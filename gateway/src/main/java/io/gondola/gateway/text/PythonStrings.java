package io.gondola.gateway.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class PythonStrings {

    private PythonStrings() {}

    /** Null for a method that is not Python's. */
    static @Nullable Object call(String text, String method, Object[] arguments) {
        return switch (method) {
            case "strip" -> strip(text, characters(arguments), true, true);
            case "lstrip" -> strip(text, characters(arguments), true, false);
            case "rstrip" -> strip(text, characters(arguments), false, true);
            case "startswith" -> any(arguments, text::startsWith);
            case "endswith" -> any(arguments, text::endsWith);
            case "split" -> split(text, arguments, false);
            case "rsplit" -> split(text, arguments, true);
            case "splitlines" -> text.lines().toList();
            case "partition" -> partition(text, text.indexOf(argument(arguments)), argument(arguments), true);
            case "rpartition" -> partition(text, text.lastIndexOf(argument(arguments)), argument(arguments), false);
            case "join" ->
                PythonTypes.items(arguments.length == 0 ? null : arguments[0]).stream()
                        .map(PythonTypes::str)
                        .collect(Collectors.joining(text));
            case "replace" -> replace(text, arguments);
            case "removeprefix" ->
                text.startsWith(argument(arguments))
                        ? text.substring(argument(arguments).length())
                        : text;
            case "removesuffix" ->
                text.endsWith(argument(arguments))
                        ? text.substring(0, text.length() - argument(arguments).length())
                        : text;
            case "format" -> PythonFormat.braces(text, arguments);
            case "count" ->
                argument(arguments).isEmpty()
                        ? (Object) (text.length() + 1L)
                        : (Object) (long) (split(text, argument(arguments), -1).size() - 1);
            case "find" -> (long) text.indexOf(argument(arguments));
            case "rfind" -> (long) text.lastIndexOf(argument(arguments));
            case "index" -> index(text, argument(arguments));
            default -> letters(text, method);
        };
    }

    /** Methods without arguments, about cases and kinds of letters. */
    private static @Nullable Object letters(String text, String method) {
        return switch (method) {
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower", "casefold" -> text.toLowerCase(Locale.ROOT);
            case "capitalize" ->
                text.isEmpty()
                        ? text
                        : text.substring(0, 1).toUpperCase(Locale.ROOT)
                                + text.substring(1).toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "swapcase" ->
                text.codePoints()
                        .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            case "isdigit", "isnumeric", "isdecimal" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, Character::isLetterOrDigit);
            case "isspace" -> all(text, PythonStrings::isSpace);
            case "isupper" -> text.equals(text.toUpperCase(Locale.ROOT)) && !text.equals(text.toLowerCase(Locale.ROOT));
            case "islower" -> text.equals(text.toLowerCase(Locale.ROOT)) && !text.equals(text.toUpperCase(Locale.ROOT));
            default -> null;
        };
    }

    private static boolean all(String text, IntPredicate kind) {
        return !text.isEmpty() && text.codePoints().allMatch(kind);
    }

    private static String argument(Object[] arguments) {
        return arguments.length == 0 ? "" : PythonTypes.str(arguments[0]);
    }

    private static @Nullable String characters(Object[] arguments) {
        return arguments.length == 0 || arguments[0] == null ? null : PythonTypes.str(arguments[0]);
    }

    /** Whether the argument, or one of those in the tuple that it is, does. */
    private static boolean any(Object[] arguments, Predicate<String> test) {
        return arguments.length > 0 && arguments[0] instanceof Collection<?> texts
                ? texts.stream().map(PythonTypes::str).anyMatch(test)
                : test.test(argument(arguments));
    }

    /** @param characters that go; null for white space */
    static String strip(String text, @Nullable String characters, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && isStripped(text.charAt(from), characters)) {
            from++;
        }
        while (right && to > from && isStripped(text.charAt(to - 1), characters)) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isStripped(char c, @Nullable String characters) {
        return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
    }

    /** White space as Python has it. */
    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    private static List<String> split(String text, Object[] arguments, boolean fromRight) {
        String separator = characters(arguments);
        int most = arguments.length > 1 && arguments[1] instanceof Number number ? number.intValue() : -1;
        if (separator == null) {
            return strip(text, null, true, true).isEmpty()
                    ? List.of()
                    : Arrays.asList(strip(text, null, true, true).split("\\s+", most < 0 ? 0 : most + 1));
        } else if (separator.isEmpty()) {
            throw new TemplateRefusal("split needs a separator that is not empty");
        }
        return fromRight && most >= 0 ? splitFromRight(text, separator, most) : split(text, separator, most);
    }

    private static List<String> split(String text, String separator, int most) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        int at = text.indexOf(separator);
        while (at >= 0 && (most < 0 || parts.size() < most)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
            at = text.indexOf(separator, from);
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<String> splitFromRight(String text, String separator, int most) {
        List<String> parts = new ArrayList<>();
        int to = text.length();
        int at = text.lastIndexOf(separator);
        while (at >= 0 && parts.size() < most) {
            parts.add(text.substring(at + separator.length(), to));
            to = at;
            at = text.lastIndexOf(separator, at - separator.length());
        }
        parts.add(text.substring(0, to));
        Collections.reverse(parts);
        return parts;
    }

    private static List<String> partition(String text, int at, String separator, boolean fromLeft) {
        if (at < 0) {
            return fromLeft ? List.of(text, "", "") : List.of("", "", text);
        }
        return List.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private static String replace(String text, Object[] arguments) {
        if (arguments.length < 2) {
            throw new TemplateRefusal("replace needs two strings");
        }
        String by = PythonTypes.str(arguments[1]);
        if (arguments.length == 2 || argument(arguments).isEmpty()) {
            return text.replace(argument(arguments), by);
        }
        int most = arguments[2] instanceof Number number ? number.intValue() : -1;
        return String.join(by, split(text, argument(arguments), most));
    }

    private static long index(String text, String part) {
        int at = text.indexOf(part);
        if (at < 0) {
            throw new TemplateRefusal("substring not found: " + part);
        }
        return at;
    }

    private static String title(String text) {
        StringBuilder result = new StringBuilder();
        boolean isInWord = false;
        for (int c : text.codePoints().toArray()) {
            result.appendCodePoint(isInWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            isInWord = Character.isLetter(c);
        }
        return result.toString();
    }
}
