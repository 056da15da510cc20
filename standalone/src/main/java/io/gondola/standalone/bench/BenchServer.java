package io.gondola.standalone.bench;

import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.ModelSource;
import io.gondola.launch.StartupException;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.standalone.Standalone;
import io.gondola.standalone.StandaloneConfig;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.simulated.CostModel;
import io.gondola.worker.launch.EngineConfig;
import io.gondola.worker.launch.EngineKind;
import java.nio.file.Path;
import java.util.List;

/** Gondola as it is measured: all roles, a simulated engine, a free port of the loopback. */
final class BenchServer {

    static final String MODEL = "bench";
    /** So many prompts of the load fit into one step. */
    private static final int PREFILL_TOKENS_MAX = 65_536;

    private BenchServer() {}

    /** @param slots sequences aboard at once; as many more may wait */
    static Standalone start(Path model, int instances, int slots, CostModel costs) throws StartupException {
        SchedulerLimits limits = SchedulerLimits.defaults();
        return Standalone.start(StandaloneConfig.of(List.of(new ModelSource(MODEL, model)))
                .withEngine(EngineConfig.defaults()
                        .withKind(EngineKind.SIMULATED)
                        .withOptions(EngineOptions.ofSlots(slots))
                        .withSimulatedCosts(costs))
                .withGateway(GatewayConfig.defaults()
                        .withHost("127.0.0.1")
                        .withPort(0)
                        .withInstances(instances))
                .withScheduler(limits.withQueueRequestsMax(
                                Math.max(slots, limits.queue().queueRequestsMax()))
                        .withStep(new SchedulerLimits.Step(slots, PREFILL_TOKENS_MAX))));
    }
}
