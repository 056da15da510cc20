package io.gondola.worker.inference;

import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.ToInferenceScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The standing of one version with the scheduler, every step repeated with each sign of life until it is answered:
 *
 * <pre>
 *   LOADED --Welcome--> SERVING --unload--> LEAVING  --Released--> closed behind its last batch
 *      |                   |──────drain───> DRAINING ─────┘
 *      └───────Refused─────┴──> REFUSED, until it is welcome
 * </pre>
 *
 * <p>Guarded by its worker.
 */
final class VersionSeat {

    private enum Standing {
        LOADED,
        SERVING,
        /** Others serve it from other files. It is offered again, for the others may go. */
        REFUSED,
        LEAVING,
        DRAINING
    }

    private LoadedModel loaded;
    private LoadOrigin origin;
    private Standing standing = Standing.LOADED;
    private String refusal = "";

    VersionSeat(LoadedModel loaded, LoadOrigin origin) {
        this.loaded = loaded;
        this.origin = origin;
    }

    LoadedModel loaded() {
        return loaded;
    }

    TensorModel model() {
        return loaded.model();
    }

    /** Another life of the same version; returns what served until now. */
    LoadedModel replace(LoadedModel newer, LoadOrigin newOrigin) {
        LoadedModel old = loaded;
        loaded = newer;
        offer(newOrigin);
        return old;
    }

    /** To be made known to the scheduler. */
    void offer(LoadOrigin newOrigin) {
        origin = newOrigin;
        standing = Standing.LOADED;
        refusal = "";
    }

    boolean isStaying() {
        return standing != Standing.LEAVING && standing != Standing.DRAINING;
    }

    boolean isRefused() {
        return standing == Standing.REFUSED;
    }

    /** Whether the scheduler knows where it stands. */
    boolean isKnown() {
        return standing != Standing.LOADED && standing != Standing.REFUSED;
    }

    /** Why the scheduler does not take it; empty where it does, or has not said. */
    String refusal() {
        return refusal;
    }

    void onWelcome() {
        if (isStaying()) {
            standing = Standing.SERVING;
            refusal = "";
        }
    }

    void onRefused(String reason) {
        if (isStaying()) {
            standing = Standing.REFUSED;
            refusal = reason;
        }
    }

    /** The scheduler may not know it any more. */
    void onForgotten() {
        if (standing == Standing.SERVING) {
            standing = Standing.LOADED;
        }
    }

    void toLeaving() {
        standing = Standing.LEAVING;
    }

    void toDraining() {
        standing = Standing.DRAINING;
    }

    /** What the scheduler is to be told; null for nothing. */
    @Nullable
    ToInferenceScheduler tryStatement(String workerId) {
        return switch (standing) {
            case LOADED, REFUSED -> new ToInferenceScheduler.ModelLoaded(workerId, model(), origin);
            case LEAVING -> new ToInferenceScheduler.ModelLeaving(workerId, model().name(), model().version());
            case DRAINING -> new ToInferenceScheduler.ModelDraining(workerId, model().name(), model().version());
            case SERVING -> null;
        };
    }
}
