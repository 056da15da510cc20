package io.gondola.standalone.bench;

import io.gondola.launch.VertxSetup;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The floor: a plain Vert.x server that reads a request's body and answers what it was told, with nothing between. What
 * Gondola takes longer than this is Gondola's own.
 */
final class EchoServer implements MeasuredServer {

    /** Of a stream's events, how many go out in one turn of the event loop. */
    static final int EVENTS_PER_WRITE = 16;

    private static final long WAIT_SECONDS_MAX = 30;
    /** Vert.x shares a port that it picks among those who listen at the same negative number; the gateway counts from -1. */
    private static final int PICKED_PORT = -1_000_000;

    private final Vertx vertx;
    private final AtomicInteger port = new AtomicInteger();
    private volatile RecordedAnswer answer;

    private EchoServer(int instances, RecordedAnswer answer) {
        vertx = Vertx.vertx(VertxSetup.options().setEventLoopPoolSize(instances));
        this.answer = answer;
    }

    static EchoServer start(int instances, RecordedAnswer answer) {
        EchoServer server = new EchoServer(instances, answer);
        await(server.vertx.deployVerticle(server::newVerticle, new DeploymentOptions().setInstances(instances)));
        return server;
    }

    @Override
    public int port() {
        return port.get();
    }

    /** From now on. */
    void answer(RecordedAnswer newAnswer) {
        answer = newAnswer;
    }

    private VerticleBase newVerticle() {
        return new VerticleBase() {
            @Override
            public Future<?> start() {
                return vertx.createHttpServer(new HttpServerOptions().setTcpNoDelay(true))
                        .requestHandler(EchoServer.this::onRequest)
                        .listen(PICKED_PORT, "127.0.0.1")
                        .onSuccess(bound -> port.set(bound.actualPort()));
            }
        };
    }

    private void onRequest(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            RecordedAnswer now = answer;
            HttpServerResponse response = request.response();
            now.headers().forEach(response::putHeader);
            if (now.isStream()) {
                response.setChunked(true);
                write(response, now.events(), 0);
            } else {
                response.end(Buffer.buffer(now.body()));
            }
        });
    }

    private void write(HttpServerResponse response, List<Buffer> events, int from) {
        if (response.closed()) {
            return;
        }
        if (from == events.size()) {
            response.end();
        } else if (response.writeQueueFull()) {
            response.drainHandler(room -> write(response, events, from));
        } else {
            response.write(events.get(from).copy());
            vertx.getOrCreateContext().runOnContext(next -> write(response, events, from + 1));
        }
    }

    /** The events of a stream as they are written: several at once. */
    static List<Buffer> batches(String body) {
        List<Buffer> batches = new ArrayList<>();
        String[] events = body.split("(?<=\n\n)", -1);
        for (int from = 0; from < events.length; from += EVENTS_PER_WRITE) {
            Buffer batch = Buffer.buffer();
            for (int i = from; i < Math.min(events.length, from + EVENTS_PER_WRITE); i++) {
                batch.appendString(events[i]);
            }
            batches.add(batch);
        }
        return batches;
    }

    @Override
    public void close() {
        await(vertx.close());
    }

    private static void await(Future<?> future) {
        try {
            future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new IllegalStateException("the echo server: " + failure, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
