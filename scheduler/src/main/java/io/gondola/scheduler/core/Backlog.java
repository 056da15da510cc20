package io.gondola.scheduler.core;

/** How much waits somewhere: generations, the tokens of their prompts, and what they will reserve. */
final class Backlog {

    int requests;
    long promptTokens;
    long kvTokens;

    void add(Generation generation) {
        count(generation, 1);
    }

    void remove(Generation generation) {
        count(generation, -1);
    }

    void add(Backlog other) {
        requests += other.requests;
        promptTokens += other.promptTokens;
        kvTokens += other.kvTokens;
    }

    private void count(Generation generation, int sign) {
        requests += sign;
        promptTokens += sign * generation.promptTokens;
        kvTokens += sign * generation.kvTokens;
    }
}
