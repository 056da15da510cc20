package io.gondola.benchmarks;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToScheduler.Finished;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerCore;
import io.gondola.scheduler.core.SchedulerEvent;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.presence.PresenceLimits;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A core whose workers are full and whose queue keeps its length: the worst that a decision can meet day by day.
 *
 * <p>Three classes (two of ten interactive, seven standard, one batch), {@value #TENANTS} tenants, prompts of 16 to 128
 * tokens of which a quarter begin alike, outputs of 1 to 256 tokens, deadlines of 10 to 20 minutes. Virtual time goes
 * {@value #EVENT_NANOS} ns an event, so that requests age while the benchmark runs.
 */
final class BusyCore {

    static final int SLOTS = 32;
    private static final String MODEL = "m";
    private static final int TENANTS = 100;
    private static final long EVENT_NANOS = 10_000;
    private static final int CONTEXT_TOKENS_MAX = 4_096;
    private static final int PROMPTS = 1_024;
    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final int GATEWAYS = 16;
    private static final int[] NO_TOKENS = {};
    /** Everybody's messages are noted as always, and nobody is ever silent for too long. */
    private static final PresenceLimits NOBODY_IS_MISSED =
            new PresenceLimits(500_000_000L, 10_000 * MINUTE_NANOS, 10_000 * MINUTE_NANOS, 10_000);

    final SchedulerCore core;
    private final SplittableRandom random = new SplittableRandom(42);
    private final int[][] prompts = new int[PROMPTS][];
    private final String[] tenants = new String[TENANTS];
    private final String[] gateways = new String[GATEWAYS];
    /** Desks of generations that have not ended: the first half of an id is its desk, the second its number. */
    private final int[] freeDesks;

    /**
     * By desk, two each, side by side, so that this account costs little of what is measured: the generation's number, and
     * where in {@link #waiting} or {@link #aboard} it is.
     */
    private final long[] desks;
    /** By desk, of those aboard. */
    private final String[] workerOf;
    /** Desks, in no order. */
    private final int[] waiting;
    /** Desks, in no order. */
    private final int[] aboard;
    /** Desks of those aboard whose workers are to end them. */
    private final int[] revoked;

    private int freeDeskCount;
    private int waitingCount;
    private int aboardCount;
    private int revokedCount;
    private long submitted;
    private long nowNanos;
    private long eventNanos;

    BusyCore(int queueLength, int workers) {
        int slots = workers * SLOTS;
        int desksMax = queueLength + 2 * slots + 16;
        freeDesks = new int[desksMax];
        while (freeDeskCount < desksMax) {
            freeDesks[freeDeskCount] = freeDeskCount++;
        }
        desks = new long[2 * desksMax];
        workerOf = new String[desksMax];
        waiting = new int[desksMax];
        aboard = new int[slots];
        revoked = new int[slots];
        SchedulerLimits limits = SchedulerLimits.defaults();
        core = new SchedulerCore(
                MODEL,
                1,
                limits.withPresence(NOBODY_IS_MISSED)
                        .withQueue(new SchedulerLimits.Queue(
                                2 * queueLength + slots, Long.MAX_VALUE / 4, 128, queueLength, Long.MAX_VALUE / 4)));
        drawPrompts();
        Arrays.setAll(tenants, i -> "tenant" + i);
        Arrays.setAll(gateways, i -> "gateway" + i);
        for (int i = 0; i < workers; i++) {
            join("worker" + i);
        }
        // At one instant, or the rate at which the queue shrinks would be measured while it only grows.
        while (waitingCount < queueLength) {
            submit();
        }
        eventNanos = EVENT_NANOS;
        // Until batch work that boarded while there was room has made place for interactive work.
        for (int i = 0; i < 4 * slots || revokedCount > 0; i++) {
            finish();
            submit();
        }
    }

    private void join(String worker) {
        ModelDescription description = new ModelDescription(
                MODEL, "simulated", CONTEXT_TOKENS_MAX, 1, SLOTS, (long) SLOTS * CONTEXT_TOKENS_MAX);
        on(new ToScheduler.Census(worker, description, OwnerWatch.NOBODY, 1, 0, List.of()));
    }

    private void drawPrompts() {
        for (int i = 0; i < PROMPTS; i++) {
            int[] prompt = new int[16 + random.nextInt(113)];
            for (int t = 0; t < prompt.length; t++) {
                prompt[t] = i % 4 == 0 && t < 64 ? t : random.nextInt(50_000);
            }
            prompts[i] = prompt;
        }
    }

    /** One generation comes. */
    void submit() {
        int desk = freeDesks[--freeDeskCount];
        desks[2 * desk] = submitted++;
        desks[2 * desk + 1] = waitingCount;
        waiting[waitingCount++] = desk;
        on(new ToScheduler.Submit(List.of(next(desk, desks[2 * desk]))));
    }

    /** What {@link #submit()} makes before it tells the core: the price of the benchmark itself. */
    GenerationRequest next(int desk, long number) {
        int bits = random.nextInt();
        int outOfTen = (bits & 0xFFFF) % 10;
        return new GenerationRequest(
                new GenerationRef(new GenerationId(desk, number), 0),
                gateways[(bits >>> 3) % GATEWAYS],
                MODEL,
                prompts[(bits >>> 8) % PROMPTS],
                NO_TOKENS,
                1 + (bits >>> 16) % 256,
                NO_TOKENS,
                SamplingParamsHolder.GREEDY,
                -1,
                false,
                tenants[(bits >>> 4) % TENANTS],
                outOfTen < 2 ? RequestClass.INTERACTIVE : outOfTen < 9 ? RequestClass.STANDARD : RequestClass.BATCH,
                10 * MINUTE_NANOS + (bits & 0xFFFFF) * 500_000L);
    }

    /** One of those aboard ends, one that is to make room first of all. */
    void finish() {
        boolean isRevoked = revokedCount > 0;
        int desk = isRevoked ? revoked[--revokedCount] : aboard[random.nextInt(aboardCount)];
        take(desk, aboard, --aboardCount);
        freeDesks[freeDeskCount++] = desk;
        FinishReason reason = isRevoked ? FinishReason.CANCELLED : FinishReason.STOP;
        Finished end = new Finished(refOf(desk), reason, random.nextInt(64));
        on(new ToScheduler.StepReport(workerOf[desk], MODEL, 1, SLOTS, 0, 0, 0, List.of(end)));
    }

    /** The client of one that waits leaves. */
    void cancel() {
        int desk = waiting[random.nextInt(waitingCount)];
        take(desk, waiting, --waitingCount);
        freeDesks[freeDeskCount++] = desk;
        on(new ToScheduler.Cancel(List.of(refOf(desk))));
    }

    int queued() {
        return waitingCount;
    }

    /** Another each time, as a message that is read brings it. */
    private GenerationRef refOf(int desk) {
        return new GenerationRef(new GenerationId(desk, desks[2 * desk]), 0);
    }

    private static int desk(GenerationRef ref) {
        return (int) ref.id().high();
    }

    /** The last of those in {@code among} comes into its place. */
    private void take(int desk, int[] among, int last) {
        int row = (int) desks[2 * desk + 1];
        among[row] = among[last];
        desks[2 * among[row] + 1] = row;
    }

    private void on(ToScheduler message) {
        nowNanos += eventNanos;
        List<Effect> effects = core.on(new SchedulerEvent.Received(message), nowNanos);
        for (int i = 0; i < effects.size(); i++) {
            carryOut(effects.get(i));
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.Boarded boarded) {
            int desk = desk(boarded.ref());
            take(desk, waiting, --waitingCount);
            desks[2 * desk + 1] = aboardCount;
            aboard[aboardCount++] = desk;
            workerOf[desk] = boarded.workerId();
        } else if (effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Revoke revoke) {
            for (GenerationRef ref : revoke.refs()) {
                revoked[revokedCount++] = desk(ref);
            }
        } else if (effect instanceof Effect.Ended ended && ended.end() == Effect.End.REJECTED) {
            throw new IllegalStateException("refused: " + ended);
        }
    }

    /** Greedy parameters, made once as a gateway makes them for each request. */
    private static final class SamplingParamsHolder {
        static final SamplingParams GREEDY = SamplingParams.greedy();
    }
}
