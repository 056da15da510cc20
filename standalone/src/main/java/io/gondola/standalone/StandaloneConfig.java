package io.gondola.standalone;

import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.ModelSource;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.inference.InferenceLimits;
import io.gondola.worker.launch.EngineConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a standalone Gondola can be told.
 *
 * @param models what to serve; at least one, names distinct
 * @param engine what computes
 * @param gateway where to listen, and the gateway's limits
 * @param scheduler the scheduler's limits
 * @param inferences those of the scheduler of inferences
 * @param modelRepository the directory of the models that take tensors; null for none
 */
public record StandaloneConfig(
        List<ModelSource> models,
        EngineConfig engine,
        GatewayConfig gateway,
        SchedulerLimits scheduler,
        InferenceLimits inferences,
        @Nullable Path modelRepository) {

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
                EngineConfig.defaults(),
                GatewayConfig.defaults().withHost("127.0.0.1"),
                SchedulerLimits.defaults(),
                InferenceLimits.defaults(),
                null);
    }

    public StandaloneConfig withEngine(EngineConfig newEngine) {
        return new StandaloneConfig(models, newEngine, gateway, scheduler, inferences, modelRepository);
    }

    public StandaloneConfig withGateway(GatewayConfig newGateway) {
        return new StandaloneConfig(models, engine, newGateway, scheduler, inferences, modelRepository);
    }

    public StandaloneConfig withScheduler(SchedulerLimits newScheduler) {
        return new StandaloneConfig(models, engine, gateway, newScheduler, inferences, modelRepository);
    }

    public StandaloneConfig withModelRepository(Path newRepository) {
        return new StandaloneConfig(models, engine, gateway, scheduler, inferences, newRepository);
    }
}
