package io.gondola.standalone;

import io.gondola.gateway.Gateway;
import io.gondola.gateway.GatewayStartException;
import io.gondola.gateway.text.ModelFilesException;
import io.gondola.gateway.text.ServedModel;
import io.gondola.launch.ModelSource;
import io.gondola.launch.Service;
import io.gondola.launch.StartupException;
import io.gondola.launch.WebAddress;
import io.gondola.scheduler.runtime.SchedulerNode;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.gondola.worker.launch.EngineLoader;
import io.gondola.worker.runtime.GpuWorker;
import io.gondola.worker.runtime.WorkerConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger LOG = LoggerFactory.getLogger(Standalone.class);
    private static final long START_SECONDS_MAX = 60;
    private static final long CLOSE_SECONDS_MAX = 60;
    private static final long READY_POLL_MILLIS = 5;

    private final StandaloneConfig config;
    private final PrometheusMeterRegistry registry;
    private final Vertx vertx;
    private final List<ServedModel> served = new ArrayList<>();
    private volatile @Nullable SchedulerNode scheduler;
    private volatile @Nullable Gateway gateway;
    private volatile @Nullable GpuWorker worker;
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
                .with(new VertxOptions()
                        // Nothing is served from the class path, so nothing needs a cache directory on disk.
                        .setFileSystemOptions(new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false))
                        .setMetricsOptions(new MicrometerMetricsOptions()
                                .setEnabled(true)
                                .setJvmMetricsEnabled(true)
                                // Its meters are one a gateway and worker id, and each message would pay for them.
                                .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS)))
                .withMetrics(new MicrometerMetricsFactory(registry))
                .build();
    }

    private void openRoles() throws StartupException {
        for (ModelSource source : config.models()) {
            try {
                served.add(ServedModel.load(source.name(), source.directory()));
            } catch (ModelFilesException bad) {
                throw new StartupException(StartupException.Kind.CONFIGURATION, said(bad), bad);
            }
        }
        List<String> names = config.models().stream().map(ModelSource::name).toList();
        scheduler = started(SchedulerNode.start(vertx, config.scheduler(), names, registry), "the scheduler");
        gateway = started(
                Gateway.start(vertx, config.gateway(), List.copyOf(served), this::isReady, registry),
                "listening at (--host, --port) " + config.gateway().host() + ":"
                        + config.gateway().port());
    }

    /** Reads the weights, starts the worker, and waits until requests would be answered. */
    @Override
    public void load() throws StartupException {
        List<InferenceEngine> engines;
        try {
            engines = new EngineLoader(config.engine()).load(config.models(), this::pretence);
        } catch (EngineException | RuntimeException | Error failure) {
            throw startupException(failure);
        }
        worker = started(GpuWorker.start(vertx, WorkerConfig.of("standalone"), engines, registry), "the worker");
        awaitReady();
    }

    private SimulatedModel pretence(ModelSource source) {
        ServedModel model = served.stream()
                .filter(each -> each.name().equals(source.name()))
                .findFirst()
                .orElseThrow();
        return SimulatedModels.of(model, config.engine().options().slots());
    }

    private static StartupException startupException(Throwable failure) {
        if (failure instanceof EngineException bad) {
            return new StartupException(StartupException.Kind.CONFIGURATION, said(bad), bad);
        }
        return new StartupException(
                StartupException.Kind.ENVIRONMENT, "the engine cannot run here: " + failure, failure);
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
        return currentWorker != null
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
            await("gateway", openGateway.close());
        }
        GpuWorker openWorker = worker;
        if (openWorker != null) {
            await("worker", openWorker.close());
        }
        SchedulerNode openScheduler = scheduler;
        if (openScheduler != null) {
            await("scheduler", openScheduler.close());
        }
        await("event loops", vertx.close());
        served.forEach(ServedModel::close);
        registry.close();
    }

    private static <T> T started(Future<T> future, String what) throws StartupException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(START_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            if (cause instanceof GatewayStartException) {
                throw new StartupException(StartupException.Kind.CONFIGURATION, said(cause), cause);
            }
            // No such address: what was asked for is wrong, not the machine.
            StartupException.Kind kind = cause instanceof UnknownHostException
                    ? StartupException.Kind.CONFIGURATION
                    : StartupException.Kind.ENVIRONMENT;
            throw new StartupException(kind, what + ": " + said(cause), cause);
        } catch (TimeoutException late) {
            throw new StartupException(
                    StartupException.Kind.ENVIRONMENT, what + " took more than " + START_SECONDS_MAX + " s", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StartupException(StartupException.Kind.ENVIRONMENT, what + ": interrupted", interrupted);
        }
    }

    private static void await(String what, Future<Void> future) {
        try {
            future.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            LOG.warn("Closing the {} failed: {}", what, failure.toString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static String said(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }
}
