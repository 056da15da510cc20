package io.gondola.scheduler.launch;

import io.gondola.cluster.ClusterConfig;
import io.gondola.cluster.ClusterNode;
import io.gondola.cluster.ClusterSettings;
import io.gondola.cluster.ManagementServer;
import io.gondola.cluster.Role;
import io.gondola.launch.Command;
import io.gondola.launch.RoleService;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.StartupException;
import io.gondola.launch.UsageException;
import io.gondola.launch.WebAddress;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.inference.InferenceLimits;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A scheduler as a process of its own: it keeps the queues of the models whose partitions it owns, and hands them over
 * before it goes.
 */
final class SchedulerProcess extends RoleService {

    private static final Logger LOG = LoggerFactory.getLogger(SchedulerProcess.class);
    private static final int PORT_MAX = 65_535;

    private final ClusterNode node;
    private final OwnedQueues queues;
    private final ManagementServer management;
    private final String host;
    private final int clusterPort;

    static SchedulerProcess open(Settings settings) throws UsageException, StartupException {
        SchedulerLimits limits = SchedulerSettings.read(settings);
        InferenceLimits inferences = SchedulerSettings.readInferences(settings);
        ClusterConfig cluster = ClusterSettings.read(settings);
        String host = settings.text(Setting.HOST);
        int port = settings.integer(Setting.MANAGEMENT_PORT, 0, PORT_MAX);
        ClusterNode node = ClusterNode.start(cluster, Role.SCHEDULER, List.of());
        try {
            return new SchedulerProcess(
                    node, new OwnedQueues(node, limits, inferences), host, port, cluster.clusterPort());
        } catch (StartupException | RuntimeException failure) {
            node.close();
            throw failure;
        }
    }

    private SchedulerProcess(ClusterNode node, OwnedQueues queues, String host, int port, int clusterPort)
            throws StartupException {
        super(Command.SCHEDULER, node.nodeId());
        this.node = node;
        this.host = host;
        this.clusterPort = clusterPort;
        this.management = ManagementServer.start(node, host, port, () -> !isLeaving());
        this.queues = queues;
        node.onChange(queues::onView);
    }

    @Override
    public void load() {
        // All is there.
    }

    @Override
    public String announcement() {
        return announcement("ready", WebAddress.of(host, management.port()), "cluster port " + clusterPort);
    }

    @Override
    protected void leave() {
        LOG.info("Leaving: handing over {}", queues.models());
        node.leave();
        queues.close();
        node.close();
    }
}
