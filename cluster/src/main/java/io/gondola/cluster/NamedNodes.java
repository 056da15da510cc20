package io.gondola.cluster;

import io.vertx.core.Completable;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The event bus's idea of the cluster, answered from a {@link ClusterView} alone. A handler is not announced to anybody:
 * the address it listens at says which process has it. docs/adr/0011 says why.
 */
final class NamedNodes implements ClusterManager {

    private final Membership membership;
    private final String nodeId;
    /** What the event bus has asked for and remembers, with what it was told. */
    private final Map<String, List<String>> told = new ConcurrentHashMap<>();

    private Set<String> knownNodes = Set.of();
    private @Nullable NodeListener nodeListener;
    private @Nullable RegistrationListener registrationListener;
    private volatile @Nullable NodeInfo nodeInfo;
    private volatile boolean active;

    NamedNodes(Membership membership, String nodeId) {
        this.membership = membership;
        this.nodeId = nodeId;
    }

    @Override
    public void init(Vertx vertx) {
        // Nothing here needs it.
    }

    @Override
    public void join(Completable<Void> promise) {
        active = true;
        membership.onChange(this::onView);
        promise.succeed();
    }

    @Override
    public void leave(Completable<Void> promise) {
        active = false;
        promise.succeed();
    }

    @Override
    public boolean isActive() {
        return active;
    }

    @Override
    public String getNodeId() {
        return nodeId;
    }

    @Override
    public List<String> getNodes() {
        return List.copyOf(membership.view().members().keySet());
    }

    @Override
    public synchronized void nodeListener(NodeListener listener) {
        nodeListener = listener;
    }

    @Override
    public synchronized void registrationListener(RegistrationListener listener) {
        registrationListener = listener;
    }

    private synchronized void onView(ClusterView view) {
        if (!active) {
            return;
        }
        RegistrationListener bus = registrationListener;
        told.forEach((address, before) -> {
            List<String> now = view.nodes(address, nodeId);
            if (!now.equals(before) && bus != null) {
                // The bus forgets an address that leads nowhere, and asks again when it is next used.
                if (now.isEmpty()) {
                    told.remove(address);
                } else {
                    told.put(address, now);
                }
                bus.registrationsUpdated(new RegistrationUpdateEvent(address, registrations(now)));
            }
        });
        Set<String> nodes = new TreeSet<>(view.members().keySet());
        NodeListener listener = nodeListener;
        if (listener != null) {
            nodes.stream().filter(node -> !knownNodes.contains(node)).forEach(listener::nodeAdded);
            knownNodes.stream().filter(node -> !nodes.contains(node)).forEach(listener::nodeLeft);
        }
        knownNodes = nodes;
    }

    @Override
    public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
        List<String> nodes;
        synchronized (this) {
            nodes = membership.view().nodes(address, nodeId);
            if (!nodes.isEmpty()) {
                told.put(address, nodes);
            }
        }
        promise.succeed(registrations(nodes));
    }

    private static List<RegistrationInfo> registrations(List<String> nodes) {
        List<RegistrationInfo> registrations = new ArrayList<>();
        nodes.forEach(node -> registrations.add(new RegistrationInfo(node, 0, false)));
        return registrations;
    }

    @Override
    public void addRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        promise.succeed();
    }

    @Override
    public void removeRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        promise.succeed();
    }

    @Override
    public void setNodeInfo(NodeInfo info, Completable<Void> promise) {
        nodeInfo = info;
        promise.succeed();
    }

    @Override
    public @Nullable NodeInfo getNodeInfo() {
        return nodeInfo;
    }

    @Override
    public void getNodeInfo(String node, Completable<NodeInfo> promise) {
        ClusterMember member = membership.view().members().get(node);
        if (member == null) {
            promise.fail(node + " is not there");
        } else {
            promise.succeed(new NodeInfo(member.busHost(), member.busPort(), null));
        }
    }

    @Override
    public <K, V> void getAsyncMap(String name, Completable<AsyncMap<K, V>> promise) {
        promise.fail(noData());
    }

    @Override
    public <K, V> Map<K, V> getSyncMap(String name) {
        throw noData();
    }

    @Override
    public void getLockWithTimeout(String name, long timeout, Completable<Lock> promise) {
        promise.fail(noData());
    }

    @Override
    public void getCounter(String name, Completable<Counter> promise) {
        promise.fail(noData());
    }

    private static UnsupportedOperationException noData() {
        return new UnsupportedOperationException("the cluster shares no data: it knows who is there and nothing else");
    }
}
