package io.gondola.standalone;

import io.gondola.gateway.Gateway;
import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.text.ModelFilesException;
import io.gondola.gateway.text.ServedModel;
import io.gondola.launch.Awaited;
import io.gondola.launch.ModelSource;
import io.gondola.launch.Service;
import io.gondola.launch.StartupException;
import io.gondola.launch.VertxSetup;
import io.gondola.launch.WebAddress;
import io.gondola.scheduler.runtime.SchedulerNode;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.gondola.worker.launch.EngineLoader;
import io.gondola.worker.repository.RepositoryException;
import io.gondola.worker.runtime.GpuWorker;
import io.gondola.worker.runtime.LoadingNotice;
import io.gondola.worker.runtime.WorkerConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.micrometer.MicrometerMetricsFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All roles in one JVM, over one event bus.
 *
 * <pre>
 *   open(): scheduler, then HTTP (live, not ready)  --load()-->  engines and worker (ready)  --close()--> gone
 * </pre>
 *
 * <p>HTTP opens before the weights are read, so that probes and people see early that it lives.
 */
public final class Standalone implements Service {

    private static final String WORKER_ID = "standalone";
    private static final long START_SECONDS_MAX = 60;
    private static final long READY_POLL_MILLIS = 5;

    private final StandaloneConfig config;
    private final PrometheusMeterRegistry registry;
    private final Vertx vertx;
    private final List<ServedModel> served = new ArrayList<>();
    private volatile @Nullable SchedulerNode scheduler;
    private volatile @Nullable Gateway gateway;
    private volatile @Nullable GpuWorker worker;
    private volatile @Nullable TensorServing tensors;
    private boolean closed;

    /** Opens and loads: it is ready when this returns. */
    public static Standalone start(StandaloneConfig config) throws StartupException {
        Standalone standalone = open(config);
        try {
            standalone.load();
            return standalone;
        } catch (StartupException | RuntimeException | Error failure) {
            standalone.close();
            throw failure;
        }
    }

    /** Starts the scheduler and opens HTTP; {@link #load()} must follow. */
    public static Standalone open(StandaloneConfig config) throws StartupException {
        Standalone standalone = new Standalone(config);
        try {
            standalone.openRoles();
            return standalone;
        } catch (StartupException | RuntimeException | Error failure) {
            standalone.close();
            throw failure;
        }
    }

    private Standalone(StandaloneConfig config) {
        this.config = config;
        this.registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        this.vertx = Vertx.builder()
                // No more than the gateway listens on: scheduler and worker share them, and where a message stays on
                // its
                // loop, nobody has to be woken.
                .with(VertxSetup.options().setEventLoopPoolSize(config.gateway().instances()))
                .withMetrics(new MicrometerMetricsFactory(registry))
                .build();
    }

    private void openRoles() throws StartupException {
        int contextTokensMax = config.engine().options().contextTokensMax();
        for (ModelSource source : config.models()) {
            try {
                served.add(ServedModel.load(source.name(), source.directory(), contextTokensMax));
            } catch (ModelFilesException bad) {
                throw new StartupException(StartupException.Kind.CONFIGURATION, said(bad), bad);
            }
        }
        List<String> names = config.models().stream().map(ModelSource::name).toList();
        scheduler = Awaited.started(SchedulerNode.start(vertx, config.scheduler(), names, registry), "the scheduler");
        Path repository = config.modelRepository();
        if (repository != null) {
            tensors = Awaited.started(
                    TensorServing.start(
                            vertx,
                            config.inferences(),
                            repository,
                            config.engine().options().threads(),
                            registry),
                    "the scheduler of inferences");
        }
        gateway = Awaited.started(
                Gateway.start(vertx, gatewayConfig(), List.copyOf(served), this::isReady, registry),
                "listening at (--host, --port) " + config.gateway().host() + ":"
                        + config.gateway().port());
    }

    private GatewayConfig gatewayConfig() {
        Path repository = config.modelRepository();
        return repository == null ? config.gateway() : config.gateway().withModelRepository(repository);
    }

    /** Reads the weights, starts the worker, and waits until requests would be answered. */
    @Override
    public void load() throws StartupException {
        List<String> names = config.models().stream().map(ModelSource::name).toList();
        try (LoadingNotice notice = LoadingNotice.start(vertx, WORKER_ID, names)) {
            List<InferenceEngine> engines =
                    new EngineLoader(config.engine()).load(config.models(), this::pretence, notice);
            loadRepository();
            worker = Awaited.started(startWorker(engines), "the worker");
        } catch (EngineException | RuntimeException | Error failure) {
            throw EngineLoader.toStartupException(failure);
        }
        awaitReady();
    }

    /** Where the scheduler is, so that no event loop is woken between the two. */
    private Future<GpuWorker> startWorker(List<InferenceEngine> engines) {
        return Objects.requireNonNull(scheduler)
                .call(() -> GpuWorker.start(vertx, WorkerConfig.of(WORKER_ID), engines, registry));
    }

    private void loadRepository() throws StartupException {
        TensorServing opened = tensors;
        if (opened == null) {
            return;
        }
        try {
            opened.load();
        } catch (RepositoryException bad) {
            throw new StartupException(StartupException.Kind.CONFIGURATION, said(bad), bad);
        } catch (EngineException | RuntimeException | Error failure) {
            throw EngineLoader.toStartupException(failure);
        }
    }

    private SimulatedModel pretence(ModelSource source) {
        ServedModel model = served.stream()
                .filter(each -> each.name().equals(source.name()))
                .findFirst()
                .orElseThrow();
        return SimulatedModels.of(model, config.engine().options().slots());
    }

    private void awaitReady() throws StartupException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
        while (!isReady()) {
            if (System.nanoTime() > endNanos) {
                throw new StartupException(
                        StartupException.Kind.ENVIRONMENT,
                        "scheduler and worker did not meet within " + START_SECONDS_MAX + " s",
                        new TimeoutException());
            }
            try {
                Thread.sleep(READY_POLL_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new StartupException(StartupException.Kind.ENVIRONMENT, "interrupted", interrupted);
            }
        }
    }

    /** Whether every model has a worker that its scheduler knows. */
    public boolean isReady() {
        GpuWorker currentWorker = worker;
        SchedulerNode currentScheduler = scheduler;
        TensorServing currentTensors = tensors;
        return currentWorker != null
                && (currentTensors == null || currentTensors.isReady())
                && currentScheduler != null
                && currentWorker.isReady()
                && config.models().stream().allMatch(model -> currentScheduler.hasWorker(model.name()));
    }

    /** The port that HTTP is at. */
    public int port() {
        Gateway current = gateway;
        if (current == null) {
            throw new IllegalStateException("not open");
        }
        return current.port();
    }

    @Override
    public String announcement() {
        String names = config.models().stream().map(ModelSource::name).collect(Collectors.joining(", "));
        return "Gondola is ready: " + WebAddress.of(config.gateway().host(), port()) + " (models: " + names + ")";
    }

    /** What {@code /metrics} shows. */
    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /**
     * Closes everything, in the order a request goes: the gateway first, which lets open requests end for a while, so the
     * others must still be there. Idempotent.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Gateway openGateway = gateway;
        if (openGateway != null) {
            Awaited.ended(openGateway.close(), "gateway");
        }
        GpuWorker openWorker = worker;
        if (openWorker != null) {
            Awaited.ended(openWorker.close(), "worker");
        }
        TensorServing openTensors = tensors;
        if (openTensors != null) {
            Awaited.ended(openTensors.close(), "models of the repository");
        }
        SchedulerNode openScheduler = scheduler;
        if (openScheduler != null) {
            Awaited.ended(openScheduler.close(), "scheduler");
        }
        Awaited.ended(vertx.close(), "event loops");
        served.forEach(ServedModel::close);
        registry.close();
    }

    private static String said(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }
}
