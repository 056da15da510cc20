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
 * The cost of an event of the scheduler core, on one thread: a message is told to {@code SchedulerCore.on} and all that
 * follows from it is decided, booked and handed back as effects, with the default limits (only the queue's length is not).
 *
 * <p>Of ten events five are a Submit of one generation, which is admitted, accepted and put in order; four are a
 * StepReport with one end, which is settled, after which another generation is picked, placed by its prompt's beginning
 * and boards; and one is the Cancel of one that waits. As many come as go, so the queue keeps its length. A generation's
 * way through the scheduler is thus two events. The messages are made within the measured time, each with ids of its own,
 * as decoding would make them, and the benchmark keeps its own account of who waits and runs; what decoding and sending
 * cost is not in it. {@link #eventsAlone} says what making the submits costs. The heap is that of a scheduler process
 * ({@code benchmarks/run} sees to it, and JMH hands it on to its forks).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Thread)
public class CoreBenchmark {

    static final int EVENTS = 10;

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
