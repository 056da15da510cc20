package io.gondola.gateway.text;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Watches the text of one sequence for stop strings. What could be the beginning of one is held back, so that no part
 * of a stop string is ever shown; the text before the match is given out. Not thread-safe.
 *
 * <p>The match that is complete first ends the sequence, as if the text came character by character; of several that
 * end at the same character, the longest. So the answer does not depend on how the text is cut into pieces. Held back
 * is the longest end of the text that begins a stop string and no more: fewer characters than the longest one has.
 *
 * <p>Aho-Corasick (Communications of the ACM 18, 1975): one step a character, however many stop strings there are.
 */
public final class StopStrings {

    /** A state of the automaton: the longest end of the text that is the beginning of a stop string. */
    private static final class State {
        final int depth;
        final Map<Character, State> children = new HashMap<>(4);
        /** Length of the longest stop string that ends here; 0 none. */
        int matchLength;
        /** The state of the longest proper end of this state's string; the root's is the root. */
        State shorter;

        @SuppressWarnings("NullAway.Init") // set for every state before the first use
        State(int depth) {
            this.depth = depth;
        }
    }

    private final State root;
    private final StringBuilder held = new StringBuilder();
    private State state;
    private boolean stopped;

    private StopStrings(State root) {
        this.root = root;
        this.state = root;
    }

    /** Watches for these, none of them empty; an empty list lets everything pass. */
    public static StopStrings of(List<String> stops) {
        State root = new State(0);
        root.shorter = root;
        for (String stop : stops) {
            if (stop.isEmpty()) {
                throw new IllegalArgumentException("empty stop string");
            }
            State state = root;
            for (int i = 0; i < stop.length(); i++) {
                int depth = i + 1;
                state = state.children.computeIfAbsent(stop.charAt(i), c -> new State(depth));
            }
            state.matchLength = stop.length();
        }
        link(root);
        return new StopStrings(root);
    }

    /** Breadth first, so that a shorter state is complete before a longer one refers to it. */
    private static void link(State root) {
        ArrayDeque<State> queue = new ArrayDeque<>();
        queue.add(root);
        for (State parent = queue.poll(); parent != null; parent = queue.poll()) {
            for (Map.Entry<Character, State> edge : parent.children.entrySet()) {
                State child = edge.getValue();
                child.shorter = parent == root ? root : next(parent.shorter, edge.getKey(), root);
                child.matchLength = Math.max(child.matchLength, child.shorter.matchLength);
                queue.add(child);
            }
        }
    }

    private static State next(State from, char c, State root) {
        for (State state = from; ; state = state.shorter) {
            State child = state.children.get(c);
            if (child != null) {
                return child;
            }
            if (state == root) {
                return root;
            }
        }
    }

    /** What may be shown of the text so far and was not given out before; empty once stopped. */
    public String append(String text) {
        if (stopped) {
            return "";
        }
        if (root.children.isEmpty()) {
            return text;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            held.append(c);
            state = next(state, c, root);
            if (state.matchLength > 0) {
                stopped = true;
                String shown = held.substring(0, held.length() - state.matchLength);
                held.setLength(0);
                return shown;
            }
        }
        String shown = held.substring(0, held.length() - state.depth);
        held.delete(0, shown.length());
        return shown;
    }

    /** Whether a stop string was met: the sequence is over, with finish reason {@code stop}. */
    public boolean isStopped() {
        return stopped;
    }

    /** What was held back, when the sequence ended without a stop string; empty when stopped. */
    public String finish() {
        String rest = held.toString();
        held.setLength(0);
        state = root;
        return rest;
    }
}
