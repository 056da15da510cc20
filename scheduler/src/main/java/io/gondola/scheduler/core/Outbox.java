package io.gondola.scheduler.core;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToWorker;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The effects of the event at hand, in order; news for one gateway goes out in one message. What goes to gateways names
 * this life of the owner, and what goes to workers is numbered.
 */
final class Outbox {

    /** One ends, one boards, its worker hears. */
    private static final int EFFECTS_USUAL = 4;

    private final long epoch;
    private List<Effect> effects = new ArrayList<>(EFFECTS_USUAL);
    private long told;

    Outbox(long epoch) {
        this.epoch = epoch;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    List<Effect> takeAll() {
        List<Effect> all = effects;
        effects = new ArrayList<>(EFFECTS_USUAL);
        return all;
    }

    void tellWorker(Worker worker, ToWorker message) {
        tellWorker(worker.id, message);
        worker.toldNumber = told;
    }

    /** One that is not taken. */
    void tellWorker(String workerId, ToWorker message) {
        add(new Effect.TellWorker(workerId, new Fenced(epoch, ++told, message)));
    }

    /** The number of the next message to a worker. */
    long nextNumber() {
        return told + 1;
    }

    void tellAccepted(List<GenerationRequest> requests) {
        tell(requests, refs -> new ToGateway.Accepted(epoch, refs));
    }

    void tellRejected(List<GenerationRequest> requests, Rejection rejection) {
        tell(requests, refs -> new ToGateway.Rejected(epoch, refs, rejection));
    }

    void tellRejected(String gatewayId, List<GenerationRef> refs, Rejection rejection) {
        add(new Effect.TellGateway(gatewayId, new ToGateway.Rejected(epoch, refs, rejection)));
    }

    void tellLost(String gatewayId, List<GenerationRef> refs) {
        add(new Effect.TellGateway(gatewayId, new ToGateway.AttemptLost(epoch, refs)));
    }

    private void tell(List<GenerationRequest> about, Function<List<GenerationRef>, ToGateway> message) {
        if (about.size() == 1) {
            GenerationRequest only = about.get(0);
            add(new Effect.TellGateway(only.gatewayId(), message.apply(List.of(only.ref()))));
            return;
        }
        Map<String, List<GenerationRef>> refs = new LinkedHashMap<>();
        for (GenerationRequest one : about) {
            refs.computeIfAbsent(one.gatewayId(), id -> new ArrayList<>()).add(one.ref());
        }
        refs.forEach((gateway, list) -> add(new Effect.TellGateway(gateway, message.apply(list))));
    }
}
