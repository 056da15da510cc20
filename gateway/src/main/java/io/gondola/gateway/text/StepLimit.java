package io.gondola.gateway.text;

import com.hubspot.jinjava.el.JinjavaNodePreProcessor;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.tree.Node;

/** Ends a template that goes on for too long: loops within loops are bounded together, not one by one. */
final class StepLimit extends JinjavaNodePreProcessor {

    /** Nodes visited in one rendering; the longest chat takes about a tenth of it. */
    static final int STEPS_MAX = 1_000_000;

    private static final ThreadLocal<int[]> STEPS = ThreadLocal.withInitial(() -> new int[1]);

    /** Before each rendering of a thread. */
    static void reset() {
        STEPS.get()[0] = 0;
    }

    /** A node, or an item that a loop looks at. */
    static void count() {
        if (++STEPS.get()[0] > STEPS_MAX) {
            throw new TemplateRefusal("it takes more than " + STEPS_MAX + " steps");
        }
    }

    @Override
    public void accept(Node node, JinjavaInterpreter interpreter) {
        count();
        super.accept(node, interpreter);
    }
}
