package io.gondola.standalone.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code load-tests/chaos}: a cluster of {@code ./gondola} processes with a real model, in which something is killed,
 * restarted or cut off while many answers are on their way, again and again; and a table of what the clients got.
 */
@Command(
        name = "load-tests/chaos",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        usageHelpAutoWidth = true,
        description =
                "Kills, restarts and cuts off processes of a cluster under load, and compares every answer with the"
                        + " one that comes without a fault. Status 1 where one differs.")
final class ChaosRun implements Callable<Integer> {

    private static final Path ROOT = Path.of("..");

    @Option(names = "--seed", description = "draws the seeds of sampling and who is hit")
    private long seed = 20_261_124;

    @Option(names = "--streams", description = "streamed answers that are open when it happens")
    private int streams = 100;

    @Option(names = "--plain", description = "answers in one piece that are open when it happens")
    private int plain = 50;

    @Option(names = "--late", description = "streamed answers asked for when it has just happened")
    private int late = 10;

    @Option(names = "--clients", description = "clients that ask one after another, where faults follow each other")
    private int clients = 30;

    @Option(names = "--tokens", description = "tokens of each answer")
    private int tokens = 300;

    @Option(names = "--model", description = "the model's directory")
    private Path model = ROOT.resolve("models/gondola-guide");

    @Option(names = "--precision", description = "as ./gondola worker has it")
    private String precision = "f32";

    @Option(names = "--engine", description = "simulated: made-up tokens at the pace of a large model")
    private String engine = "tensorflow";

    @Option(names = "--schedulers")
    private int schedulers = 3;

    @Option(names = "--workers", description = "at least two")
    private int workers = 3;

    @Option(names = "--gateways", description = "at least two")
    private int gateways = 2;

    @Option(names = "--cut-seconds", description = "how long the network is cut")
    private int cutSeconds = 15;

    @Option(names = "--pause-seconds", description = "how long a process is stopped and not killed")
    private int pauseSeconds = 10;

    @Option(names = "--only", split = ",", description = "scenarios: ${COMPLETION-CANDIDATES}; all where none is named")
    private List<ChaosScenario> only = List.of();

    @Option(
            names = "--logs",
            description = "a directory for what the processes say; a temporary one where none is named")
    private Path logs = Path.of("");

    private final List<String> rows = new ArrayList<>();
    private final Random random = new Random();
    private int failures;

    public static void main(String[] args) {
        System.exit(new CommandLine(new ChaosRun())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        random.setSeed(seed);
        logs = logs.toString().isEmpty() ? Files.createTempDirectory("gondola-chaos") : Files.createDirectories(logs);
        List<ChaosScenario> all = only.isEmpty() ? List.of(ChaosScenario.values()) : only;
        System.out.printf(
                "seed %d, %d schedulers, %d workers, %d gateways, %s at %s; logs in %s%n",
                seed, schedulers, workers, gateways, model.getFileName(), precision, logs);
        List<ChaosScenario> kills = all.stream().filter(one -> !one.isSplit()).toList();
        if (!kills.isEmpty()) {
            runAll(kills, null, Files.createDirectories(logs.resolve("whole")));
        }
        List<ChaosScenario> splits = all.stream().filter(ChaosScenario::isSplit).toList();
        if (!splits.isEmpty()) {
            try (CutNetwork network = new CutNetwork()) {
                runAll(splits, network, Files.createDirectories(logs.resolve("split")));
            }
        }
        System.out.println(Outcome.heads());
        rows.forEach(System.out::println);
        return failures == 0 ? 0 : 1;
    }

    private void runAll(List<ChaosScenario> scenarios, CutNetwork network, Path saying) throws Exception {
        RunningCluster cluster = new RunningCluster(saying, schedulers)
                .withStarter(RoleProcess::launcher)
                .withModel(model, workerOptions());
        if (network != null) {
            cluster.withNetwork(network);
        }
        try (Fleet fleet = new Fleet(cluster, workers, gateways)) {
            fleet.restore();
            Crowd crowd = new Crowd(fleet);
            crowd.learn(load().open());
            crowd.learn(load().later());
            for (ChaosScenario scenario : scenarios) {
                fleet.restore();
                Outcome outcome = run(scenario, fleet, crowd, network);
                rows.add(outcome.toRow(scenario.words()));
                System.out.printf(Locale.ROOT, "%s: %s%n", scenario, rows.get(rows.size() - 1));
                outcome.problems().forEach(problem -> System.out.println("  " + problem));
                failures += outcome.problems().size();
            }
        }
    }

    private String[] workerOptions() {
        List<String> options = new ArrayList<>(List.of("--engine", engine, "--slots", String.valueOf(slots())));
        if (engine.equals("tensorflow")) {
            options.addAll(List.of("--precision", precision, "--threads", "1"));
        }
        return options.toArray(String[]::new);
    }

    private ChaosHits.Load load() {
        return new ChaosHits.Load(seed, streams, plain, late, tokens);
    }

    /** One worker less, and all have a place: a pause is then what the fault costs, and not a wait for room. */
    private int slots() {
        return (streams + plain + late + workers - 2) / (workers - 1);
    }

    private Outcome run(ChaosScenario scenario, Fleet fleet, Crowd crowd, CutNetwork network) throws Exception {
        ChaosHits hits = new ChaosHits(fleet, crowd, load(), pauseSeconds);
        return switch (scenario) {
            case NOTHING -> hits.kill(Set.of());
            case WORKER -> hits.kill(Set.of(any(fleet.workers)));
            case TWO_WORKERS -> hits.kill(Set.of(fleet.workers[0], fleet.workers[1]));
            case ALL_WORKERS -> hits.killAndReplace(Set.of(fleet.workers));
            case LOADING_WORKER -> hits.killWhileItLoads();
            case OWNER -> hits.kill(Set.of(fleet.owner()));
            case OTHER_SCHEDULER -> hits.kill(Set.of(otherScheduler(fleet)));
            case ALL_SCHEDULERS -> hits.killAndReplace(Set.of(fleet.schedulers));
            case BOTH -> hits.kill(Set.of(any(fleet.workers), fleet.owner()));
            case GATEWAY -> hits.kill(Set.of(any(fleet.gateways)));
            case GATEWAY_AND_OWNER -> hits.kill(Set.of(any(fleet.gateways), fleet.owner()));
            case WORKER_PAUSED -> hits.pause(any(fleet.workers));
            case OWNER_PAUSED -> hits.pause(fleet.owner());
            case OTHER_SCHEDULER_PAUSED -> hits.pause(otherScheduler(fleet));
            case GATEWAY_PAUSED -> hits.pause(any(fleet.gateways));
            case JOIN -> join(fleet, crowd);
            case RESTART -> steadily(fleet, crowd, () -> restart(fleet));
            case SPLIT_SILENT -> steadily(fleet, crowd, () -> cut(fleet, network, CutNetwork.Manner.SILENT));
            case SPLIT_BREAKING -> steadily(fleet, crowd, () -> cut(fleet, network, CutNetwork.Manner.BREAKING));
        };
    }

    private RoleProcess any(RoleProcess[] role) {
        return role[random.nextInt(role.length)];
    }

    private static RoleProcess otherScheduler(Fleet fleet) throws Exception {
        RoleProcess owner = fleet.owner();
        return Arrays.stream(fleet.schedulers)
                .filter(scheduler -> scheduler != owner)
                .findFirst()
                .orElseThrow();
    }

    /** One fault after another, while clients ask one question after another. */
    private Outcome steadily(Fleet fleet, Crowd crowd, ChaosHits.Fault faults) throws Exception {
        SteadyLoad load = new SteadyLoad(fleet, crowd.expected());
        try (load) {
            load.start(clients, random.nextLong());
            fleet.await("answers come", () -> load.answers() > 0);
            faults.happen();
            int before = load.answers();
            fleet.await("answers come", () -> load.answers() > before + clients);
        }
        return load.outcome();
    }

    /** It comes when every place is taken and some wait, and goes when all have their answers. */
    private Outcome join(Fleet fleet, Crowd crowd) throws Exception {
        List<OpenCall> calls = new ArrayList<>();
        while (calls.size() < (workers + 1) * slots()) {
            calls.addAll(crowd.start(load().open(), fleet.gateways));
        }
        RoleProcess newcomer = fleet.startOneMoreWorker();
        newcomer.awaitReady();
        newcomer.awaitSaid("first work, ");
        System.out.println("  the worker that joined: " + newcomer.lineWith("first work, "));
        Outcome outcome = crowd.end(calls);
        newcomer.terminate();
        failures += newcomer.awaitExit();
        return outcome;
    }

    private void restart(Fleet fleet) throws Exception {
        List<Integer> statuses = fleet.restartOneByOne();
        System.out.println("  exit statuses: " + statuses);
        failures += (int) statuses.stream().filter(status -> status != 0).count();
    }

    /** The owner, with a worker and a gateway, away from all others; then another scheduler alone with a gateway. */
    private void cut(Fleet fleet, CutNetwork network, CutNetwork.Manner manner) throws Exception {
        RoleProcess owner = fleet.owner();
        cutOff(fleet, network, manner, Set.of(owner, any(fleet.workers), any(fleet.gateways)));
        Set<RoleProcess> few = new HashSet<>(Set.of(any(fleet.gateways)));
        few.add(otherScheduler(fleet));
        cutOff(fleet, network, manner, few);
    }

    private void cutOff(Fleet fleet, CutNetwork network, CutNetwork.Manner manner, Set<RoleProcess> oneSide)
            throws Exception {
        network.cut(oneSide, manner);
        TimeUnit.SECONDS.sleep(cutSeconds);
        network.mend();
        long mendedNanos = System.nanoTime();
        for (RoleProcess process : fleet.all()) {
            fleet.await(
                    process.name() + " sees all",
                    () -> process.meter("gondola_cluster_members")
                            == fleet.all().size());
        }
        System.out.printf(
                "  %s: cut off for %d s, one cluster again %d ms after the network was mended%n",
                oneSide.stream().map(RoleProcess::name).sorted().toList(),
                cutSeconds,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - mendedNanos));
    }
}
