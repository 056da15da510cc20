package io.gondola.scheduler.simulation;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A gateway with its clients: submits, follows attempts, and checks that every output is whole and right. */
final class SimGateway {

    /** How a client's generation ended. */
    enum Outcome {
        OPEN,
        COMPLETE,
        DEADLINE,
        REJECTED,
        CANCELLED,
        GATEWAY_GONE
    }

    static final class Client {
        GenerationRequest request;
        final List<Integer> tokens = new ArrayList<>();
        final long deadlineNanos;
        Outcome outcome = Outcome.OPEN;
        String refusal = "";
        final long submittedNanos;
        long firstTokenNanos;
        long endedNanos;
        int outputTokens;

        Client(GenerationRequest request, long nowNanos) {
            this.request = request;
            submittedNanos = nowNanos;
            deadlineNanos = nowNanos + request.timeoutNanos();
        }

        int[] tokensSoFar() {
            return tokens.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private final SimWorld world;
    private final String id;
    final Map<GenerationId, Client> clients = new LinkedHashMap<>();
    /** Who wants to know of ends. */
    Consumer<Client> onEnd = client -> {};

    SimGateway(SimWorld world, String id) {
        this.world = world;
        this.id = id;
    }

    /** The token at this place of this generation, whoever computes it. */
    static int token(GenerationId id, int place) {
        return (int) ((id.low() * 31 + place) % 1_000);
    }

    String id() {
        return id;
    }

    void submit(List<GenerationRequest> requests) {
        for (GenerationRequest request : requests) {
            clients.put(request.ref().id(), new Client(request, world.nowNanos()));
        }
        world.toScheduler(id, new ToScheduler.Submit(requests));
    }

    void cancel(GenerationId generation) {
        Client client = clients.get(generation);
        if (client != null && client.outcome == Outcome.OPEN) {
            end(client, Outcome.CANCELLED);
            world.toScheduler(id, new ToScheduler.Cancel(List.of(client.request.ref())));
        }
    }

    /** Loses patience with an attempt, wherever that is, and submits the next. */
    void tryAgain(GenerationId generation) {
        Client client = clients.get(generation);
        if (client != null && client.outcome == Outcome.OPEN) {
            retry(client);
        }
    }

    /** Its process is gone: nobody tells anybody. */
    void vanish() {
        world.gateways.remove(id);
        clients.values().stream()
                .filter(client -> client.outcome == Outcome.OPEN)
                .forEach(client -> end(client, Outcome.GATEWAY_GONE));
    }

    void on(ToGateway message) {
        if (message instanceof ToGateway.Rejected rejected) {
            for (GenerationRef ref : rejected.refs()) {
                Client client = tryCurrent(ref);
                if (client != null) {
                    client.refusal = rejected.rejection().reason().name();
                    end(client, Outcome.REJECTED);
                }
            }
        } else if (message instanceof ToGateway.AttemptLost lost) {
            for (GenerationRef ref : lost.refs()) {
                Client client = tryCurrent(ref);
                if (client != null) {
                    retry(client);
                }
            }
        } else if (message instanceof ToGateway.TokenFrame frame) {
            frame.chunks().forEach(this::onChunk);
        }
    }

    private void onChunk(TokenChunk chunk) {
        Client client = tryCurrent(chunk.ref());
        if (client == null) {
            return;
        }
        for (int i = 0; i < chunk.tokens().length; i++) {
            int place = chunk.offset() + i;
            if (place > client.tokens.size()) {
                throw new AssertionError("a gap in " + chunk.ref());
            }
            if (place == client.tokens.size()) {
                client.firstTokenNanos = place == 0 ? world.nowNanos() : client.firstTokenNanos;
                client.tokens.add(chunk.tokens()[i]);
            }
        }
        if (chunk.finish() == FinishReason.CANCELLED) {
            retry(client);
        } else if (chunk.finish() != null) {
            end(client, chunk.finish() == FinishReason.DEADLINE ? Outcome.DEADLINE : Outcome.COMPLETE);
            checkOutput(client);
        }
    }

    private void retry(Client client) {
        long remainingNanos = client.deadlineNanos - world.nowNanos();
        if (client.tokens.size() == world.outputTokens(client.request)) {
            end(client, Outcome.COMPLETE);
            checkOutput(client);
        } else if (remainingNanos <= 0) {
            end(client, Outcome.DEADLINE);
        } else {
            client.request = client.request.nextAttempt(client.tokensSoFar(), remainingNanos);
            world.toScheduler(id, new ToScheduler.Submit(List.of(client.request)));
        }
    }

    private void checkOutput(Client client) {
        for (int place = 0; place < client.tokens.size(); place++) {
            if (client.tokens.get(place) != token(client.request.ref().id(), place)) {
                throw new AssertionError("wrong token " + place + " of " + client.request.ref());
            }
        }
        if (client.outcome == Outcome.COMPLETE && client.tokens.size() != world.outputTokens(client.request)) {
            throw new AssertionError(client.request.ref() + " is not whole");
        }
        client.tokens.clear(); // Counted, and wanted no more.
    }

    private void end(Client client, Outcome outcome) {
        if (client.outcome != Outcome.OPEN) {
            throw new AssertionError(client.request.ref() + " ends twice: " + client.outcome + ", " + outcome);
        }
        client.outcome = outcome;
        client.endedNanos = world.nowNanos();
        client.outputTokens = client.tokens.size();
        onEnd.accept(client);
    }

    private @Nullable Client tryCurrent(GenerationRef ref) {
        Client client = clients.get(ref.id());
        return client != null
                        && client.outcome == Outcome.OPEN
                        && client.request.ref().equals(ref)
                ? client
                : null;
    }
}
