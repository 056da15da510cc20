package io.gondola.gateway.launch;

import io.gondola.cluster.ClusterConfig;
import io.gondola.cluster.ClusterNode;
import io.gondola.cluster.ClusterSettings;
import io.gondola.cluster.ModelClaim;
import io.gondola.cluster.ModelFingerprint;
import io.gondola.cluster.Role;
import io.gondola.gateway.Gateway;
import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.text.ModelFilesException;
import io.gondola.gateway.text.ServedModel;
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
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway as a process of its own. It needs the tokenizers of its models and no worker: what comes while none lives
 * waits in the queue.
 *
 * <pre>
 *   ready --SIGTERM--> not ready, still taking connections --shutdown delay--> ends what is open --> left
 * </pre>
 */
final class GatewayProcess extends RoleService {

    private static final Logger LOG = LoggerFactory.getLogger(GatewayProcess.class);
    private static final long DELAY_SECONDS_MAX = 600;
    /** Beyond the grace of the connections: what an error to the last of them takes. */
    private static final long CLOSE_SECONDS = 30;

    private final GatewayConfig config;
    private final List<ServedModel> served;
    private final ClusterNode node;
    private final Gateway gateway;
    private final long shutdownDelayMillis;

    static GatewayProcess open(Settings settings) throws UsageException, StartupException {
        GatewayConfig config = GatewaySettings.readOfRole(settings);
        ClusterConfig cluster = ClusterSettings.read(settings);
        long delayNanos = settings.nanos(Setting.SHUTDOWN_DELAY, DELAY_SECONDS_MAX);
        List<ModelSource> sources = ModelOption.models(settings, ModelOption.demo());
        List<ServedModel> served = load(sources, ModelOption.contextTokensMax(settings));
        ClusterNode node = null;
        try {
            node = ClusterNode.start(cluster, Role.GATEWAY, claims(sources));
            return new GatewayProcess(config, served, node, Math.max(1, TimeUnit.NANOSECONDS.toMillis(delayNanos)));
        } catch (StartupException | RuntimeException failure) {
            if (node != null) {
                node.close();
            }
            served.forEach(ServedModel::close);
            throw failure;
        }
    }

    private static List<ModelClaim> claims(List<ModelSource> sources) throws StartupException {
        List<ModelClaim> claims = new ArrayList<>();
        for (ModelSource source : sources) {
            try {
                claims.add(new ModelClaim(source.name(), ModelFingerprint.tokenizer(source.directory()), ""));
            } catch (IOException unreadable) {
                throw new StartupException(
                        StartupException.Kind.CONFIGURATION, "cannot read " + source.directory(), unreadable);
            }
        }
        return claims;
    }

    private static List<ServedModel> load(List<ModelSource> sources, int contextTokensMax) throws StartupException {
        List<ServedModel> served = new ArrayList<>();
        for (ModelSource source : sources) {
            try {
                served.add(ServedModel.load(source.name(), source.directory(), contextTokensMax));
            } catch (ModelFilesException bad) {
                served.forEach(ServedModel::close);
                throw new StartupException(StartupException.Kind.CONFIGURATION, String.valueOf(bad.getMessage()), bad);
            }
        }
        return served;
    }

    private GatewayProcess(GatewayConfig config, List<ServedModel> served, ClusterNode node, long shutdownDelayMillis)
            throws StartupException {
        super(Command.GATEWAY, node.nodeId());
        this.config = config.withNodeId(node.nodeId());
        this.served = served;
        this.node = node;
        this.shutdownDelayMillis = shutdownDelayMillis;
        this.gateway = Awaited.started(
                Gateway.start(node.vertx(), this.config, served, this::isReady, node.registry()),
                "listening at (--host, --port) " + config.host() + ":" + config.port());
    }

    /** Whether somebody keeps the queue of every model. */
    private boolean isReady() {
        List<String> names = served.stream().map(ServedModel::name).toList();
        return !isLeaving()
                && names.stream().allMatch(model -> node.view().tryOwner(model) != null)
                && !node.isRefused(names);
    }

    @Override
    public void load() {
        // All is there.
    }

    @Override
    public String announcement() {
        String names = served.stream().map(ServedModel::name).collect(Collectors.joining(", "));
        return announcement("ready", WebAddress.of(config.host(), gateway.port()), "models: " + names);
    }

    @Override
    protected void leave() {
        LOG.info("Leaving: no longer ready, new connections for {} ms more", shutdownDelayMillis);
        gateway.announceClose();
        Awaited.ended(
                node.vertx().timer(shutdownDelayMillis, TimeUnit.MILLISECONDS).mapEmpty(), "delay", DELAY_SECONDS_MAX);
        long graceSeconds = TimeUnit.MILLISECONDS.toSeconds(config.limits().closeGraceMillis());
        Awaited.ended(gateway.close(), "gateway", graceSeconds + CLOSE_SECONDS);
        node.close();
        served.forEach(ServedModel::close);
    }
}
