package io.gondola.cluster;

import com.hazelcast.core.HazelcastException;
import io.gondola.launch.Awaited;
import io.gondola.launch.StartupException;
import io.gondola.launch.VertxSetup;
import io.gondola.protocol.wire.WireCodec;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.micrometer.MicrometerMetricsFactory;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** One process of a cluster: its membership, its event loops, and the bus between them and all others. */
public final class ClusterNode implements AutoCloseable {

    private static final int ID_DIGITS = 12;

    private final ClusterMember self;
    private final PrometheusMeterRegistry registry;
    private final Membership membership;
    private final Vertx vertx;

    /**
     * Joins the cluster; blocks until it is done.
     *
     * @param models what this process has
     */
    public static ClusterNode start(ClusterConfig config, Role role, List<ModelClaim> models) throws StartupException {
        return start(config, role, models, WireCodec.VERSION);
    }

    /** One that says that it speaks this form of the messages. */
    static ClusterNode start(ClusterConfig config, Role role, List<ModelClaim> models, int wireVersion)
            throws StartupException {
        String digits = UUID.randomUUID().toString().replace("-", "").substring(0, ID_DIGITS);
        ClusterMember self = new ClusterMember(
                role.word() + "-" + digits,
                role,
                wireVersion,
                models,
                config.publicHost(),
                config.busPort(),
                config.tls() != null);
        Membership membership;
        try {
            membership = Membership.join(HazelcastSetup.of(config, self), self);
        } catch (HazelcastException | IllegalStateException | IllegalArgumentException failure) {
            throw new StartupException(
                    StartupException.Kind.ENVIRONMENT,
                    "joining the cluster (--cluster-host, --cluster-port) at " + config.host() + ":"
                            + config.clusterPort() + ": " + failure.getMessage(),
                    failure);
        }
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try {
            Vertx vertx = Awaited.started(
                    newVertx(config, registry)
                            .withClusterManager(new NamedNodes(membership, self.nodeId()))
                            .buildClustered(),
                    "the event bus (--cluster-host, --bus-port) at " + config.host() + ":" + config.busPort());
            BusSetup.refuseObjects(vertx.eventBus());
            vertx.exceptionHandler(new UnhandledErrors(registry));
            if (config.tls() != null) {
                membership.onChange(new CertificateCheck(vertx, self, config)::onView);
            }
            return new ClusterNode(self, registry, membership, vertx);
        } catch (StartupException | RuntimeException failure) {
            membership.close();
            throw failure;
        }
    }

    private static VertxBuilder newVertx(ClusterConfig config, MeterRegistry registry) {
        VertxBuilder builder = Vertx.builder()
                .with(VertxSetup.options().setEventBusOptions(BusSetup.of(config)))
                .withMetrics(new MicrometerMetricsFactory(registry));
        return config.tls() != null
                ? builder
                : builder.withTransport(new GuardedBus(
                        config.busPort(),
                        FrameGuard.Limits.ofHeap(Runtime.getRuntime().maxMemory()),
                        registry));
    }

    private ClusterNode(ClusterMember self, PrometheusMeterRegistry registry, Membership membership, Vertx vertx) {
        this.self = self;
        this.registry = registry;
        this.membership = membership;
        this.vertx = vertx;
        Gauge.builder("gondola.cluster.refusals", this, node -> node.view()
                        .refusals()
                        .size())
                .description("Models of processes that have something else under the name than who was first")
                .strongReference(true)
                .register(registry);
        for (Role role : Role.values()) {
            for (boolean ours : new boolean[] {true, false}) {
                Gauge.builder("gondola.cluster.members", this, node -> node.count(role, ours))
                        .description("Processes of the cluster that this one sees")
                        .tag("role", role.word())
                        .tag("version", ours ? "same" : "other")
                        .strongReference(true)
                        .register(registry);
            }
        }
    }

    /** Whether this process is refused for any of these. */
    public boolean isRefused(Collection<String> models) {
        ClusterView now = membership.view();
        return models.stream().anyMatch(model -> now.isRefused(self.nodeId(), model));
    }

    private double count(Role role, boolean ours) {
        ClusterView now = membership.view();
        return now.members().values().stream()
                .filter(member -> member.role() == role && now.isUnderstood(member) == ours)
                .count();
    }

    /** Unique to this life of this process. */
    public String nodeId() {
        return self.nodeId();
    }

    public Vertx vertx() {
        return vertx;
    }

    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /** What this process sees of the cluster now. */
    public ClusterView view() {
        return membership.view();
    }

    /** @param listener is told of every change, on a thread of its own, and now */
    public void onChange(Consumer<ClusterView> listener) {
        membership.onChange(listener);
    }

    /** Leaves the cluster with grace: a scheduler's queues go to others first. Messages still come and go. Blocks. */
    public void leave() {
        membership.leave();
    }

    /** Leaves, and ends the event loops. Blocks. */
    @Override
    public void close() {
        membership.leave();
        Awaited.ended(vertx.close(), "event loops");
        membership.close();
        registry.close();
    }
}
