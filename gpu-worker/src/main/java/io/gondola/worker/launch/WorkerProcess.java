package io.gondola.worker.launch;

import io.gondola.cluster.ClusterConfig;
import io.gondola.cluster.ClusterNode;
import io.gondola.cluster.ClusterSettings;
import io.gondola.cluster.ManagementServer;
import io.gondola.cluster.ModelClaim;
import io.gondola.cluster.ModelFingerprint;
import io.gondola.cluster.Role;
import io.gondola.launch.Awaited;
import io.gondola.launch.Command;
import io.gondola.launch.ModelOption;
import io.gondola.launch.ModelSource;
import io.gondola.launch.RoleService;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import io.gondola.launch.WebAddress;
import io.gondola.protocol.wire.Route;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.inference.RepositoryServing;
import io.gondola.worker.repository.RepositoryException;
import io.gondola.worker.runtime.GpuWorker;
import io.gondola.worker.runtime.LoadingNotice;
import io.gondola.worker.runtime.WorkerConfig;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker as a process of its own: it is in the cluster while its weights load, and takes work once a scheduler knows it. */
final class WorkerProcess extends RoleService {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
    private static final int PORT_MAX = 65_535;
    private static final long DRAIN_SECONDS_MAX = 86_400;
    private static final long WELCOME_POLL_MILLIS = 10;
    /** How long a start waits for schedulers before it says that it goes on without. */
    private static final long WELCOME_SECONDS_MAX = 5;

    private final EngineConfig config;
    private final List<ModelSource> models;
    private final ClusterNode node;
    private final ManagementServer management;
    private final String host;
    private final long drainMillis;
    private volatile @Nullable GpuWorker worker;
    private final @Nullable RepositoryServing repository;

    static WorkerProcess open(Settings settings) throws UsageException, StartupException {
        EngineConfig config = EngineConfig.of(settings);
        ClusterConfig cluster = ClusterSettings.read(settings);
        long drainNanos = settings.nanos(Setting.DRAIN_TIMEOUT, DRAIN_SECONDS_MAX);
        String host = settings.text(Setting.HOST);
        int port = settings.integer(Setting.MANAGEMENT_PORT, 0, PORT_MAX);
        List<ModelSource> models = ModelOption.models(settings, ModelOption.demo());
        Path repository = settings.isGiven(Setting.MODEL_REPOSITORY) ? settings.path(Setting.MODEL_REPOSITORY) : null;
        List<ModelClaim> claims = claims(models, config);
        if (repository != null) {
            claims.add(new ModelClaim(Route.inferenceQueue(), "", ""));
        }
        ClusterNode node = ClusterNode.start(cluster, Role.WORKER, claims);
        try {
            return new WorkerProcess(
                    config, models, repository, node, host, port, TimeUnit.NANOSECONDS.toMillis(drainNanos));
        } catch (StartupException | RuntimeException failure) {
            node.close();
            throw failure;
        }
    }

    private static List<ModelClaim> claims(List<ModelSource> models, EngineConfig config) throws StartupException {
        EngineOptions options = config.options();
        String computedAs = config.kind() + "/" + options.precision() + "/" + options.kvPrecision();
        List<ModelClaim> claims = new ArrayList<>();
        for (ModelSource model : models) {
            try {
                claims.add(new ModelClaim(
                        model.name(),
                        ModelFingerprint.tokenizer(model.directory()),
                        ModelFingerprint.weights(model.directory(), computedAs)));
            } catch (IOException unreadable) {
                throw new StartupException(
                        StartupException.Kind.CONFIGURATION, "cannot read " + model.directory(), unreadable);
            }
        }
        return claims;
    }

    private WorkerProcess(
            EngineConfig config,
            List<ModelSource> models,
            @Nullable Path repository,
            ClusterNode node,
            String host,
            int port,
            long drainMillis)
            throws StartupException {
        super(Command.WORKER, node.nodeId());
        this.config = config;
        this.models = models;
        this.node = node;
        this.host = host;
        this.drainMillis = drainMillis;
        this.repository = repository == null
                ? null
                : Awaited.started(
                        RepositoryServing.start(
                                node.vertx(),
                                node.nodeId(),
                                repository,
                                config.options().threads(),
                                node.registry()),
                        "the model repository");
        this.management = ManagementServer.start(node, host, port, this::isReady);
    }

    private boolean isReady() {
        GpuWorker current = worker;
        return !isLeaving() && current != null && current.isReady() && (repository == null || repository.isReady());
    }

    @Override
    public void load() throws StartupException {
        List<String> names = models.stream().map(ModelSource::name).toList();
        try (LoadingNotice notice = LoadingNotice.start(node.vertx(), node.nodeId(), names)) {
            List<InferenceEngine> engines = new EngineLoader(config)
                    .load(models, source -> SimulatedDirectory.read(source, config.options()), notice);
            if (repository != null) {
                repository.load();
            }
            worker = Awaited.started(
                    GpuWorker.start(node.vertx(), WorkerConfig.ofNode(node.nodeId()), engines, node.registry()),
                    "the worker");
        } catch (RepositoryException bad) {
            throw new StartupException(StartupException.Kind.CONFIGURATION, String.valueOf(bad.getMessage()), bad);
        } catch (EngineException | RuntimeException | Error failure) {
            throw EngineLoader.toStartupException(failure);
        }
        awaitWelcome();
    }

    private void awaitWelcome() throws StartupException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WELCOME_SECONDS_MAX);
        try {
            while (!isReady() && !isLeaving()) {
                if (System.nanoTime() > endNanos) {
                    LOG.warn("No scheduler has answered yet: this worker goes on asking, and is ready when one does");
                    return;
                }
                Thread.sleep(WELCOME_POLL_MILLIS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StartupException(StartupException.Kind.ENVIRONMENT, "interrupted", interrupted);
        }
    }

    @Override
    public String announcement() {
        String names = models.stream().map(ModelSource::name).collect(Collectors.joining(", "));
        return announcement(isReady() ? "ready" : "loaded", WebAddress.of(host, management.port()), "models: " + names);
    }

    @Override
    protected void leave() {
        LOG.info("Leaving: nothing new, and {} ms at most for what is aboard", drainMillis);
        Future<?> time = node.vertx().timer(Math.max(1, drainMillis), TimeUnit.MILLISECONDS);
        List<Future<Void>> drains = new ArrayList<>();
        List<Future<Void>> closes = new ArrayList<>();
        GpuWorker current = worker;
        if (current != null) {
            drains.add(current.drain());
        }
        if (repository != null) {
            drains.add(repository.drain());
        }
        Awaited.ended(Future.any(Future.join(drains), time).mapEmpty(), "drain", DRAIN_SECONDS_MAX);
        if (current != null) {
            closes.add(current.close());
        }
        if (repository != null) {
            closes.add(repository.close());
        }
        Awaited.ended(Future.join(closes).mapEmpty(), "worker");
        node.close();
    }
}
