package io.gondola.gateway.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the special tokens that a client types inside a message from being read as special tokens: otherwise a message
 * could end its own turn and speak as another role. OpenAI and Mistral do the same; most open servers do not.
 *
 * <p>Each typed one gets a mark behind its first character before the template is rendered; the rendered text is then
 * tokenised piece by piece between the marks, so that no piece holds a whole special token.
 */
final class SpecialTokenGuard {

    /** A code point that is no character and never will be (Unicode 23.7), so no text means it. */
    static final char MARK = '\uFDD0';

    private static final char REPLACEMENT = '\uFFFD';

    /** Longer than one character: one alone cannot be cut. */
    private final List<String> specialContents;

    SpecialTokenGuard(List<String> specialContents) {
        this.specialContents =
                specialContents.stream().filter(content -> content.length() > 1).toList();
    }

    /** Whether the text holds a special token as it is written. */
    boolean isNeeded(String text) {
        for (String special : specialContents) {
            if (text.contains(special)) {
                return true;
            }
        }
        return false;
    }

    boolean isNeeded(List<ChatMessage> messages) {
        for (ChatMessage message : messages) {
            if (isNeeded(message.content())) {
                return true;
            }
        }
        return false;
    }

    /** The messages with a mark inside each typed special token. */
    List<ChatMessage> mark(List<ChatMessage> messages) {
        return messages.stream()
                .map(message -> new ChatMessage(message.role(), mark(message.content())))
                .toList();
    }

    private String mark(String content) {
        String text = content.replace(MARK, REPLACEMENT);
        StringBuilder marked = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            marked.append(text.charAt(i));
            for (String special : specialContents) {
                if (text.startsWith(special, i)) {
                    marked.append(MARK);
                    break;
                }
            }
        }
        return marked.toString();
    }

    /** The pieces of a rendered text, to be tokenised one by one. */
    static List<String> pieces(String rendered) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int mark = rendered.indexOf(MARK); mark >= 0; mark = rendered.indexOf(MARK, from)) {
            pieces.add(rendered.substring(from, mark));
            from = mark + 1;
        }
        pieces.add(rendered.substring(from));
        return pieces;
    }
}
