package io.gondola.scheduler.simulation;

/** A worker as {@link CoarseRun} knows it: how full it is, and what that makes of a step. */
final class CoarseWorker {

    private final StepCost cost;
    private final int prefillTokensMax;
    int aboard;

    /** @param prefillTokensMax prompt tokens of one step */
    CoarseWorker(StepCost cost, int prefillTokensMax) {
        this.cost = cost;
        this.prefillTokensMax = prefillTokensMax;
    }

    /** What a step takes in which all aboard decode behind as many tokens. */
    long stepNanos(long contextTokens) {
        return cost.nanos(aboard, 0, aboard * contextTokens);
    }

    /** Until the first token: half a step that is under way, then the prompt in steps that the others share. */
    long prefillNanos(int promptTokens) {
        int others = aboard - 1;
        long contextTokens = (long) others * promptTokens;
        long steps = (promptTokens + prefillTokensMax - 1) / prefillTokensMax;
        long underWay = others == 0 ? 0 : cost.nanos(others, 0, contextTokens) / 2;
        return underWay
                + steps * cost.nanos(others, 0, contextTokens)
                + cost.nanos(0, promptTokens, 0)
                - cost.nanos(0, 0, 0);
    }
}
