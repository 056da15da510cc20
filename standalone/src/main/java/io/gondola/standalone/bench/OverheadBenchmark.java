package io.gondola.standalone.bench;

import io.gondola.launch.StartupException;
import io.gondola.standalone.bench.OverheadReport.Measured;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gondola's own time for each request and each token: all roles in this JVM or each in a process, an engine that takes no
 * time, clients in a JVM beside it, and a plain Vert.x server as the floor, asked by the same clients in the same run.
 */
public final class OverheadBenchmark {

    /** Of Gondola's fastest: where latencies are compared. */
    private static final double LOAD_SHARE = 0.5;

    private final OverheadPlan plan;
    private final Consumer<String> progress;
    private final MeasuredServer gondola;
    private final EchoServer echo;
    private final ClientProcess client;

    private OverheadBenchmark(
            OverheadPlan plan,
            Consumer<String> progress,
            MeasuredServer gondola,
            EchoServer echo,
            ClientProcess client) {
        this.plan = plan;
        this.progress = progress;
        this.gondola = gondola;
        this.echo = echo;
        this.client = client;
    }

    /**
     * Measures everything.
     *
     * @param progress is told what comes next
     */
    public static OverheadReport run(OverheadPlan plan, Consumer<String> progress)
            throws IOException, StartupException {
        int slots = Math.max(plan.connections(), plan.streams());
        try (MeasuredServer gondola = plan.isAcrossProcesses()
                ? RoleProcesses.start(plan.model(), slots)
                : OneProcess.start(plan.model(), plan.instances(), slots)) {
            RecordedAnswer first = RecordedAnswer.of(
                    gondola.port(),
                    BenchRequests.TOKENS,
                    BenchRequests.TOKENS.of(1, false).get(0));
            try (EchoServer echo = EchoServer.start(plan.instances(), first);
                    ClientProcess client = ClientProcess.start()) {
                return new OverheadBenchmark(plan, progress, gondola, echo, client).measure();
            }
        }
    }

    private OverheadReport measure() throws IOException {
        List<OverheadReport.Requests> requests = new ArrayList<>();
        List<OverheadReport.Streams> streams = new ArrayList<>();
        for (BenchRequests kind : plan.kinds()) {
            requests.add(measureRequests(kind));
        }
        if (plan.streams() > 0) {
            streams.add(measureStreams(plan.kinds().get(0)));
        }
        return new OverheadReport(
                System.getProperty("java.vm.name") + " " + Runtime.version().feature(),
                Runtime.getRuntime().availableProcessors(),
                plan.isAcrossProcesses(),
                requests,
                streams);
    }

    private OverheadReport.Requests measureRequests(BenchRequests kind) throws IOException {
        List<String> requests = kind.of(plan.outputTokens(), false);
        RecordedAnswer answer = RecordedAnswer.of(gondola.port(), kind, requests.get(0));
        echo.answer(answer);
        LoadPlan onEcho = LoadPlan.closedLoop(echo.port(), requests, plan.connections(), plan.seconds());
        LoadPlan onGondola = LoadPlan.closedLoop(gondola.port(), requests, plan.connections(), plan.seconds())
                .withExpectedHashes(client.run(LoadPlan.once(gondola.port(), requests, plan.seconds()))
                        .textHashes());
        Measured echoMax = measured(kind.label() + ", echo", echo, onEcho);
        Measured gondolaMax = measured(kind.label() + ", gondola", gondola, onGondola);
        double half = gondolaMax.load().requestsPerSecond() * LOAD_SHARE;
        Measured echoHalf = measured(kind.label() + ", echo at half", echo, onEcho.withRate(half));
        Measured gondolaHalf = measured(kind.label() + ", gondola at half", gondola, onGondola.withRate(half));
        return new OverheadReport.Requests(
                kind.label(), bytes(requests.get(0)), bytes(answer.body()), echoMax, gondolaMax, echoHalf, gondolaHalf);
    }

    private OverheadReport.Streams measureStreams(BenchRequests kind) throws IOException {
        List<String> requests = kind.of(plan.streamTokens(), true);
        RecordedAnswer answer = RecordedAnswer.of(gondola.port(), kind, requests.get(0));
        echo.answer(answer);
        LoadPlan onGondola = LoadPlan.closedLoop(gondola.port(), requests, plan.streams(), plan.seconds())
                .withExpectedHashes(client.run(LoadPlan.once(gondola.port(), requests, plan.seconds()))
                        .textHashes());
        Measured onEcho = measured(
                "streams, echo", echo, LoadPlan.closedLoop(echo.port(), requests, plan.streams(), plan.seconds()));
        return new OverheadReport.Streams(
                kind.label(),
                plan.streams(),
                plan.streamTokens(),
                bytes(answer.body()),
                onEcho,
                measured("streams, gondola", gondola, onGondola));
    }

    private Measured measured(String name, MeasuredServer server, LoadPlan load) throws IOException {
        progress.accept(name);
        double warmUpSeconds = plan.warmUp().run(client::run, server::jvm, load);
        CpuTimes cpuBefore = server.cpu();
        JvmWork jvmBefore = server.jvm();
        LoadResult result = client.run(load);
        CpuTimes cpu = server.cpu().since(cpuBefore);
        JvmWork jvm = server.jvm();
        return new Measured(warmUpSeconds, result, cpu, jvm == null || jvmBefore == null ? null : jvm.since(jvmBefore));
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
