package io.gondola.standalone.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Clients that ask one question after another, each at a gateway of its own, and elsewhere when that refuses. */
final class SteadyLoad implements AutoCloseable {

    /** Each gateway stops once. */
    private static final int RESETS_PER_GATEWAY = 1;

    private final CompletionClient client;
    private final int gateways;
    private final Map<Question, String> expected;
    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<OpenCall> ended = new ConcurrentLinkedQueue<>();
    private volatile boolean isOver;

    /** @param expected the answer to each question that may be asked */
    SteadyLoad(Fleet fleet, Map<Question, String> expected) {
        this.gateways = fleet.gateways.length;
        this.client = new CompletionClient(fleet.gatewayUrls(), gateways * RESETS_PER_GATEWAY);
        this.expected = Map.copyOf(expected);
    }

    void start(int clients, long seed) {
        List<Question> questions = expected.keySet().stream()
                .sorted(Comparator.comparing(Question::toString))
                .toList();
        for (int i = 0; i < clients; i++) {
            Random random = new Random(seed + i);
            int gateway = i % gateways;
            Thread thread = new Thread(() -> run(gateway, questions, random), "client-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void run(int gateway, List<Question> questions, Random random) {
        try {
            while (!isOver) {
                Question question = questions.get(random.nextInt(questions.size()));
                OpenCall call = OpenCall.start(client, gateway, question);
                call.awaitEnd();
                ended.add(call);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many questions have been answered, or not. */
    int answers() {
        return ended.size();
    }

    /** What has become of them so far. */
    Outcome outcome() throws InterruptedException {
        return Outcome.of(List.copyOf(ended), expected);
    }

    /** Lets the requests that are open end. */
    @Override
    public void close() throws InterruptedException {
        isOver = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
