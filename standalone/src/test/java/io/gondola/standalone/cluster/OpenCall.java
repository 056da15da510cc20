package io.gondola.standalone.cluster;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One request of a client, on a thread of its own, and what has come of it so far. */
final class OpenCall {

    private final Question question;
    private final AtomicInteger pieces = new AtomicInteger();
    private final AtomicLong longestPauseNanos = new AtomicLong();
    private final Thread thread;
    private final long startNanos = System.nanoTime();
    private volatile long firstPieceNanos;
    private long lastPieceNanos;
    private volatile @Nullable String answer;
    private volatile @Nullable IOException failure;

    /** @param firstGateway where the client asks first */
    static OpenCall start(CompletionClient client, int firstGateway, Question question) {
        OpenCall call = new OpenCall(client, firstGateway, question);
        call.thread.start();
        return call;
    }

    private OpenCall(CompletionClient client, int firstGateway, Question question) {
        this.question = question;
        this.thread = new Thread(() -> run(client, firstGateway), "call " + question.prompt());
        thread.setDaemon(true);
    }

    private void run(CompletionClient client, int firstGateway) {
        try {
            answer = client.complete(firstGateway, question, this::onPiece);
        } catch (IOException broken) {
            failure = broken;
        }
    }

    private void onPiece() {
        long nowNanos = System.nanoTime();
        if (pieces.getAndIncrement() == 0) {
            firstPieceNanos = nowNanos - startNanos;
        } else {
            longestPauseNanos.accumulateAndGet(nowNanos - lastPieceNanos, Math::max);
        }
        lastPieceNanos = nowNanos;
    }

    Question question() {
        return question;
    }

    /** How many pieces of a stream have come. */
    int pieces() {
        return pieces.get();
    }

    /** The longest time between two pieces of a stream. */
    long longestPauseNanos() {
        return longestPauseNanos.get();
    }

    /** How long the first piece took. */
    long firstPieceNanos() {
        return firstPieceNanos;
    }

    boolean isOpen() {
        return thread.isAlive();
    }

    /** Waits for its end; the whole answer, or why there is none. */
    String awaitEnd() throws InterruptedException {
        thread.join();
        return failure == null ? String.valueOf(answer) : "no answer: " + failure;
    }

    /** Whether it ended without an answer. */
    boolean isBroken() throws InterruptedException {
        thread.join();
        return failure != null;
    }
}
