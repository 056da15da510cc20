package io.gondola.scheduler.core;

/**
 * How much waits somewhere.
 *
 * @param requests generations
 * @param promptTokens their prompts
 * @param kvTokens what they will reserve
 */
record Backlog(int requests, long promptTokens, long kvTokens) {

    static final Backlog NONE = new Backlog(0, 0, 0);

    Backlog plus(Backlog other) {
        return new Backlog(requests + other.requests, promptTokens + other.promptTokens, kvTokens + other.kvTokens);
    }
}
