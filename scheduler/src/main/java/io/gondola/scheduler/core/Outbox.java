package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The effects of the event at hand, in order; news for one gateway goes out in one message. */
final class Outbox {

    private List<Effect> effects = new ArrayList<>();

    void add(Effect effect) {
        effects.add(effect);
    }

    List<Effect> takeAll() {
        List<Effect> all = effects;
        effects = new ArrayList<>();
        return all;
    }

    void tellAccepted(List<GenerationRequest> requests) {
        tell(requests, ToGateway.Accepted::new);
    }

    void tellRejected(List<GenerationRequest> requests, Rejection rejection) {
        tell(requests, refs -> new ToGateway.Rejected(refs, rejection));
    }

    void tellLost(List<GenerationRequest> requests) {
        tell(requests, ToGateway.AttemptLost::new);
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
