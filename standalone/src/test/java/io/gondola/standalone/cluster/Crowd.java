package io.gondola.standalone.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Clients of a fleet that all ask at once, and what each must be answered. */
final class Crowd {

    /** A stream that has got so many is in full swing. */
    private static final int PIECES_BEFORE = 10;

    private final Fleet fleet;
    private final Map<Question, String> expected = new ConcurrentHashMap<>();

    Crowd(Fleet fleet) {
        this.fleet = fleet;
    }

    /** Asks while nothing happens: these are the right answers. */
    void learn(List<Question> questions) throws Exception {
        List<OpenCall> calls = start(questions, fleet.gateways);
        for (OpenCall call : calls) {
            String answer = call.awaitEnd();
            if (call.isBroken()) {
                throw new AssertionError(call.question() + " without a fault: " + answer);
            }
            expected.put(call.question(), answer);
        }
    }

    /** What is to be answered. */
    Map<Question, String> expected() {
        return Map.copyOf(expected);
    }

    /** Asks these, at one gateway after the other, each of which is the only one its client knows. */
    List<OpenCall> start(List<Question> questions, RoleProcess... at) throws Exception {
        List<OpenCall> calls = new ArrayList<>();
        for (Question question : questions) {
            RoleProcess gateway = at[calls.size() % at.length];
            calls.add(OpenCall.start(new CompletionClient(List.of(gateway.awaitReady())), 0, question));
        }
        return calls;
    }

    /** Until every stream runs, and nothing waits in the queue. */
    void awaitInFullSwing(List<OpenCall> calls) throws Exception {
        fleet.await("all are aboard", () -> fleet.owner().meter("gondola_sequences_running") == calls.size());
        for (OpenCall call : calls) {
            fleet.await("a stream's first pieces", () -> !call.question().streamed() || call.pieces() >= PIECES_BEFORE);
        }
        if (!calls.stream().allMatch(OpenCall::isOpen)) {
            throw new AssertionError("some have ended already: nothing can be said of what happens now");
        }
    }

    /** Waits for the ends of all. */
    Outcome end(List<OpenCall> calls) throws InterruptedException {
        return Outcome.of(calls, expected);
    }
}
