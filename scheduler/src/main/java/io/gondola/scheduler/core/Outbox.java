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
        tell(requests, GenerationRequest::gatewayId, GenerationRequest::ref, ToGateway.Accepted::new);
    }

    /** Refused at the door: nothing is known of them yet. */
    void tellRefused(List<GenerationRequest> requests, Rejection rejection) {
        tell(
                requests,
                GenerationRequest::gatewayId,
                GenerationRequest::ref,
                refs -> new ToGateway.Rejected(refs, rejection));
    }

    void tellRejected(List<Generation> generations, Rejection rejection) {
        tell(generations, Generation::gatewayId, Generation::ref, refs -> new ToGateway.Rejected(refs, rejection));
    }

    void tellLost(List<Generation> generations) {
        tell(generations, Generation::gatewayId, Generation::ref, ToGateway.AttemptLost::new);
    }

    private <T> void tell(
            List<T> about,
            Function<T, String> gatewayId,
            Function<T, GenerationRef> ref,
            Function<List<GenerationRef>, ToGateway> message) {
        Map<String, List<GenerationRef>> refs = new LinkedHashMap<>();
        for (T one : about) {
            refs.computeIfAbsent(gatewayId.apply(one), id -> new ArrayList<>()).add(ref.apply(one));
        }
        refs.forEach((gateway, list) -> effects.add(new Effect.TellGateway(gateway, message.apply(list))));
    }
}
