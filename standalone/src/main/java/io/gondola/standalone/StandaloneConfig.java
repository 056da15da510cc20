package io.gondola.standalone;

import io.gondola.gateway.GatewayConfig;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvMemory;
import io.gondola.worker.engine.simulated.CostModel;
import java.util.List;

/**
 * Everything that a standalone Gondola can be told.
 *
 * @param models what to serve; at least one, names distinct
 * @param engine what computes
 * @param engineOptions slots and threads, for each model; how large the KV caches are, {@code kvMemory} says
 * @param kvMemory of all models together
 * @param simulatedCosts how slow the simulated engine is; nothing to the others
 * @param gateway where to listen, and the gateway's limits
 * @param scheduler the scheduler's limits
 */
public record StandaloneConfig(
        List<ModelSource> models,
        EngineKind engine,
        EngineOptions engineOptions,
        KvMemory kvMemory,
        CostModel simulatedCosts,
        GatewayConfig gateway,
        SchedulerLimits scheduler) {

    /** Sequences at once where nothing is said: enough for company, and little memory for a small model. */
    public static final int SLOTS_DEFAULT = 8;

    public StandaloneConfig {
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new IllegalArgumentException("no models");
        }
        if (models.stream().map(ModelSource::name).distinct().count() < models.size()) {
            throw new IllegalArgumentException("two models of one name: " + models);
        }
    }

    /** The TensorFlow engine at 127.0.0.1:8080. */
    public static StandaloneConfig of(List<ModelSource> models) {
        return new StandaloneConfig(
                models,
                EngineKind.TENSORFLOW,
                EngineOptions.ofSlots(SLOTS_DEFAULT),
                KvMemory.DEFAULT,
                CostModel.LARGE_GPU,
                GatewayConfig.defaults().withHost("127.0.0.1"),
                SchedulerLimits.defaults());
    }

    public StandaloneConfig withEngine(EngineKind newEngine) {
        return new StandaloneConfig(models, newEngine, engineOptions, kvMemory, simulatedCosts, gateway, scheduler);
    }

    public StandaloneConfig withEngineOptions(EngineOptions newOptions) {
        return new StandaloneConfig(models, engine, newOptions, kvMemory, simulatedCosts, gateway, scheduler);
    }

    public StandaloneConfig withKvMemory(KvMemory newMemory) {
        return new StandaloneConfig(models, engine, engineOptions, newMemory, simulatedCosts, gateway, scheduler);
    }

    public StandaloneConfig withSimulatedCosts(CostModel newCosts) {
        return new StandaloneConfig(models, engine, engineOptions, kvMemory, newCosts, gateway, scheduler);
    }

    public StandaloneConfig withGateway(GatewayConfig newGateway) {
        return new StandaloneConfig(models, engine, engineOptions, kvMemory, simulatedCosts, newGateway, scheduler);
    }

    public StandaloneConfig withScheduler(SchedulerLimits newScheduler) {
        return new StandaloneConfig(models, engine, engineOptions, kvMemory, simulatedCosts, gateway, newScheduler);
    }
}
