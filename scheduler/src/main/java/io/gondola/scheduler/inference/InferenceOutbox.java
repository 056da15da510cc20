package io.gondola.scheduler.inference;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.ArrayList;
import java.util.List;

/** The effects of one event, in order. */
final class InferenceOutbox {

    private final long epoch;
    private List<InferenceEffect> effects = new ArrayList<>();

    /** @param epoch names this life of the owner */
    InferenceOutbox(long epoch) {
        this.epoch = epoch;
    }

    void add(InferenceEffect effect) {
        effects.add(effect);
    }

    void tellWorker(String workerId, ToInferenceWorker message) {
        effects.add(new InferenceEffect.TellWorker(workerId, message));
    }

    void tellGateways(ToInferenceGateway message) {
        effects.add(new InferenceEffect.TellGateways(message));
    }

    void refuse(InferenceId id, String gatewayId, Rejection rejection) {
        effects.add(new InferenceEffect.TellGateway(
                gatewayId, new ToInferenceGateway.Refused(epoch, List.of(id), rejection)));
        effects.add(new InferenceEffect.Ended(id, InferenceEffect.End.REFUSED));
    }

    List<InferenceEffect> takeAll() {
        List<InferenceEffect> all = effects;
        effects = new ArrayList<>();
        return all;
    }
}
