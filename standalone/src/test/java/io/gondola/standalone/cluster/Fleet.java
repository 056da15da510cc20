package io.gondola.standalone.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** As many processes of each role as there are to be, of which some may be gone; and what is asked of them together. */
final class Fleet implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;
    private static final long POLL_MILLIS = 20;

    final RoleProcess[] schedulers;
    final RoleProcess[] workers;
    final RoleProcess[] gateways;
    private final int[] gatewayPorts;
    private final RunningCluster cluster;

    Fleet(RunningCluster cluster, int workers, int gateways) throws IOException {
        this.cluster = cluster;
        this.schedulers = new RoleProcess[cluster.schedulersMax()];
        this.workers = new RoleProcess[workers];
        this.gateways = new RoleProcess[gateways];
        this.gatewayPorts = RunningCluster.freePorts(gateways).stream()
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Starts whoever is gone, and returns when all know each other and nothing runs. */
    void restore() throws Exception {
        startWhoeverIsGone();
        awaitWhole();
    }

    void startWhoeverIsGone() throws IOException {
        for (int i = 0; i < schedulers.length; i++) {
            schedulers[i] = isGone(schedulers[i]) ? cluster.scheduler(i) : schedulers[i];
        }
        for (int i = 0; i < workers.length; i++) {
            workers[i] = isGone(workers[i]) ? startWorker(i) : workers[i];
        }
        for (int i = 0; i < gateways.length; i++) {
            gateways[i] = isGone(gateways[i]) ? startGateway(i) : gateways[i];
        }
    }

    private RoleProcess startWorker(int index) throws IOException {
        return cluster.worker("worker-" + index);
    }

    /** One that the fleet does not count. */
    RoleProcess startOneMoreWorker() throws IOException {
        return startWorker(workers.length);
    }

    private RoleProcess startGateway(int index) throws IOException {
        return cluster.gateway("gateway-" + index, gatewayPorts[index], "--shutdown-delay=0.5");
    }

    /** Until everybody sees everybody, the queue's owner knows all workers, and nothing runs. */
    void awaitWhole() throws Exception {
        for (RoleProcess process : all()) {
            await(process.name() + " sees all", () -> process.meter("gondola_cluster_members") == all().size());
        }
        await("nothing runs, and the queue's owner knows all workers", () -> {
            RoleProcess owner = owner();
            return owner.meter("gondola_workers") == workers.length && owner.meter("gondola_slots_used") == 0;
        });
    }

    private static boolean isGone(RoleProcess process) {
        return process == null || !process.isAlive();
    }

    List<RoleProcess> all() {
        List<RoleProcess> all = new ArrayList<>(Arrays.asList(schedulers));
        all.addAll(Arrays.asList(workers));
        all.addAll(Arrays.asList(gateways));
        return all;
    }

    /** The scheduler that keeps the queue: it alone knows workers. */
    RoleProcess owner() throws IOException, InterruptedException {
        RoleProcess owner = schedulers[0];
        for (RoleProcess scheduler : schedulers) {
            if (scheduler.meter("gondola_workers") > 0) {
                owner = scheduler;
            }
        }
        return owner;
    }

    /** The sum of a series over some processes. */
    static double meter(String series, RoleProcess... processes) throws IOException, InterruptedException {
        double sum = 0;
        for (RoleProcess process : processes) {
            sum += process.meter(series);
        }
        return sum;
    }

    List<String> gatewayUrls() {
        return Arrays.stream(gatewayPorts)
                .mapToObj(port -> "http://127.0.0.1:" + port)
                .toList();
    }

    /** SIGTERM to one after another, each replaced before the next goes; their exit statuses. */
    List<Integer> restartOneByOne() throws Exception {
        List<Integer> statuses = new ArrayList<>();
        for (RoleProcess[] role : List.of(schedulers, workers, gateways)) {
            for (int i = 0; i < role.length; i++) {
                role[i].terminate();
                statuses.add(role[i].awaitExit());
                role[i] =
                        role == schedulers ? cluster.scheduler(i) : role == workers ? startWorker(i) : startGateway(i);
                role[i].awaitReady();
            }
        }
        return statuses;
    }

    void await(String what, Callable<Boolean> isSo) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!isSo.call()) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError("not in time: " + what + "\n" + cluster.said());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    @Override
    public void close() throws InterruptedException {
        cluster.close();
    }
}
