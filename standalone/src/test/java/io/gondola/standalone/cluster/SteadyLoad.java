package io.gondola.standalone.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that ask one after another and compare what they get with what they must get. */
final class SteadyLoad implements AutoCloseable {

    private final CompletionClient client;
    private final Map<String, String> expected;
    private final int maxTokens;
    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answers = new AtomicInteger();
    private volatile boolean ended;

    /** @param expected the answer to each prompt */
    SteadyLoad(CompletionClient client, Map<String, String> expected, int maxTokens) {
        this.client = client;
        this.expected = Map.copyOf(expected);
        this.maxTokens = maxTokens;
    }

    void start(int clients, long seed) {
        List<String> prompts = expected.keySet().stream().sorted().toList();
        for (int i = 0; i < clients; i++) {
            Random random = new Random(seed + i);
            Thread thread = new Thread(() -> run(prompts, random), "client-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void run(List<String> prompts, Random random) {
        while (!ended) {
            String prompt = prompts.get(random.nextInt(prompts.size()));
            boolean streamed = random.nextBoolean();
            try {
                String text = client.complete(random.nextInt(2), prompt, maxTokens, streamed);
                if (!text.equals(expected.get(prompt))) {
                    failures.add("'" + prompt + "' gave '" + text + "', expected '" + expected.get(prompt) + "'");
                }
                answers.incrementAndGet();
            } catch (IOException failure) {
                failures.add((streamed ? "streamed: " : "whole: ") + failure);
            }
        }
    }

    int answers() {
        return answers.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Lets the requests that are open end. */
    @Override
    public void close() throws InterruptedException {
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
