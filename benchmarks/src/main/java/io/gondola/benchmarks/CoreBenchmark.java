package io.gondola.benchmarks;

import io.gondola.protocol.GenerationRequest;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of an event of the scheduler core, with all that follows from it, on one thread.
 *
 * <p>Of ten events five are a Submit of one generation, four a StepReport with one end, after which another boards, and
 * one the Cancel of one that waits: as many come as go. The events are made within the measured time, as decoding would
 * make them; {@link #eventsAlone} says what that costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g", "-XX:+UseParallelGC"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Thread)
public class CoreBenchmark {

    private static final int EVENTS = 10;

    @Param({"1000", "10000", "100000", "1000000"})
    public int queued;

    @Param({"10", "100", "1000", "10000"})
    public int workers;

    // JMH calls fill() first.
    @SuppressWarnings("NullAway.Init")
    private BusyCore busy;

    private long numbers;

    @Setup(Level.Trial)
    public void fill() {
        busy = new BusyCore(queued, workers);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public int event() {
        BusyCore each = busy;
        each.submit();
        each.submit();
        each.finish();
        each.submit();
        each.finish();
        each.cancel();
        each.submit();
        each.finish();
        each.submit();
        each.finish();
        return each.queued();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public GenerationRequest eventsAlone() {
        GenerationRequest last = busy.next(0, numbers++);
        for (int i = 1; i < EVENTS / 2; i++) {
            last = busy.next(0, numbers++);
        }
        return last;
    }
}
