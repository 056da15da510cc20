package io.gondola.gateway.stream;

import io.gondola.gateway.text.IncrementalDetokenizer;
import io.gondola.gateway.text.StopStrings;
import io.gondola.protocol.TokenLogprobs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text of one choice: tokens in, text out that may be shown, with the log probabilities of the tokens that made it.
 * What is not taken waits here and is given as one piece, so that a slow reader costs no more than its own output.
 */
public final class ChoiceText {

    private final IncrementalDetokenizer detokenizer;
    private final @Nullable StopStrings stops;

    private String pendingText = "";
    private @Nullable StringBuilder pendingMore;
    private List<TokenLogprobs> pendingLogprobs = List.of();
    private int tokenCount;

    // With stop strings: log probabilities of text that may still turn out to be hidden.
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private long decodedChars;
    private long shownChars;

    private record Held(TokenLogprobs logprobs, long startChar) {}

    /** @param stopStrings may be empty */
    public ChoiceText(IncrementalDetokenizer detokenizer, List<String> stopStrings) {
        this.detokenizer = detokenizer;
        stops = stopStrings.isEmpty() ? null : StopStrings.of(stopStrings);
    }

    /** What stands before the output: an echoed prompt. Stop strings in it do not count. */
    public void prepend(String text, List<TokenLogprobs> logprobs) {
        addText(text);
        addLogprobs(logprobs);
    }

    /**
     * Takes tokens of the output.
     *
     * @param logprobs one for each, or empty
     * @return whether a stop string was met; tokens behind it are not counted
     */
    public boolean append(int[] tokens, List<TokenLogprobs> logprobs) {
        StopStrings watch = stops;
        if (watch == null) {
            tokenCount += tokens.length;
            addText(detokenizer.append(tokens));
            addLogprobs(logprobs);
            return false;
        }
        for (int i = 0; i < tokens.length && !watch.isStopped(); i++) {
            tokenCount++;
            String text = detokenizer.append(tokens.length == 1 ? tokens : new int[] {tokens[i]});
            if (!logprobs.isEmpty()) {
                held.add(new Held(logprobs.get(i), decodedChars));
            }
            decodedChars += text.length();
            show(watch.append(text));
        }
        return watch.isStopped();
    }

    /** No token follows: what was held back is shown, unless a stop string hides it. */
    public void finish() {
        String rest = detokenizer.finish();
        StopStrings watch = stops;
        if (watch == null) {
            addText(rest);
            return;
        }
        if (!watch.isStopped()) {
            show(watch.append(rest));
        }
        if (!watch.isStopped()) {
            show(watch.finish());
            held.forEach(last -> addLogprobs(List.of(last.logprobs())));
        }
        held.clear();
    }

    /** Tokens of the output, up to the one that completed a stop string. */
    public int tokenCount() {
        return tokenCount;
    }

    /** Whether a stop string ended it. */
    public boolean isStopped() {
        return stops != null && stops.isStopped();
    }

    /** Whether there is text to take. */
    public boolean hasText() {
        return !pendingText.isEmpty();
    }

    /** Whether there are log probabilities to take. */
    public boolean hasLogprobs() {
        return !pendingLogprobs.isEmpty();
    }

    /** All text since it was last taken. */
    public String takeText() {
        StringBuilder more = pendingMore;
        String text = more == null ? pendingText : more.toString();
        pendingText = "";
        pendingMore = null;
        return text;
    }

    /** The log probabilities since they were last taken. */
    public List<TokenLogprobs> takeLogprobs() {
        List<TokenLogprobs> taken = pendingLogprobs;
        pendingLogprobs = List.of();
        return taken;
    }

    private void show(String text) {
        addText(text);
        shownChars += text.length();
        while (!held.isEmpty() && isShown(held.peek())) {
            addLogprobs(List.of(held.remove().logprobs()));
        }
    }

    /** A token counts as shown with its first character; one without text, with the character after it. */
    private boolean isShown(Held token) {
        return token.startChar() < shownChars;
    }

    private void addText(String text) {
        if (text.isEmpty()) {
            return;
        }
        if (pendingText.isEmpty()) {
            // The usual case, a reader that keeps up: no copy.
            pendingText = text;
            return;
        }
        StringBuilder more = pendingMore;
        if (more == null) {
            more = new StringBuilder(pendingText);
            pendingMore = more;
        }
        more.append(text);
    }

    private void addLogprobs(List<TokenLogprobs> logprobs) {
        if (logprobs.isEmpty()) {
            return;
        }
        if (pendingLogprobs.isEmpty()) {
            pendingLogprobs = new ArrayList<>(logprobs);
        } else {
            pendingLogprobs.addAll(logprobs);
        }
    }
}
