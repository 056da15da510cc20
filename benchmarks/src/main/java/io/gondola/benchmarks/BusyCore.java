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
    /** By desk, in {@link #waiting} or {@link #aboard}. */
    private final int[] rowOf;

    private final Rows waiting;
    private final Rows aboard;
    /** By row of {@link #aboard}. */
    private final String[] workerOf;
    /** Desks of those aboard whose workers are to end them. */
    private final int[] revoked;

    private int freeDeskCount;
    private int revokedCount;
    private long submitted;
    private long nowNanos;
    private long eventNanos;

    /**
     * Generations in no order. All that is told of one lies in one place, so that this account costs little of what is
     * measured.
     */
    private final class Rows {
        /** By row two each, the halves of an id. */
        private final long[] ids;

        private int count;

        Rows(int rowsMax) {
            ids = new long[2 * rowsMax];
        }

        void add(int desk, long number) {
            set(count++, desk, number);
        }

        /** The last comes into its place. */
        void remove(int row) {
            int last = --count;
            set(row, (int) ids[2 * last], ids[2 * last + 1]);
        }

        private void set(int row, int desk, long number) {
            ids[2 * row] = desk;
            ids[2 * row + 1] = number;
            rowOf[desk] = row;
        }

        /** Another each time, as a message that is read brings it. */
        GenerationRef ref(int row) {
            return new GenerationRef(new GenerationId(ids[2 * row], ids[2 * row + 1]), 0);
        }
    }

    BusyCore(int queueLength, int workers) {
        int slots = workers * SLOTS;
        int desksMax = queueLength + 2 * slots + 16;
        freeDesks = new int[desksMax];
        while (freeDeskCount < desksMax) {
            freeDesks[freeDeskCount] = freeDeskCount++;
        }
        rowOf = new int[desksMax];
        waiting = new Rows(desksMax);
        aboard = new Rows(slots);
        workerOf = new String[slots];
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
        while (waiting.count < queueLength) {
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
        waiting.add(desk, submitted);
        on(new ToScheduler.Submit(List.of(next(desk, submitted++))));
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
                1,
                outOfTen < 2 ? RequestClass.INTERACTIVE : outOfTen < 9 ? RequestClass.STANDARD : RequestClass.BATCH,
                10 * MINUTE_NANOS + (bits & 0xFFFFF) * 500_000L);
    }

    /** One of those aboard ends, one that is to make room first of all. */
    void finish() {
        boolean isRevoked = revokedCount > 0;
        int row = isRevoked ? rowOf[revoked[--revokedCount]] : random.nextInt(aboard.count);
        FinishReason reason = isRevoked ? FinishReason.CANCELLED : FinishReason.STOP;
        GenerationRef ref = aboard.ref(row);
        String worker = workerOf[row];
        aboard.remove(row);
        workerOf[row] = workerOf[aboard.count];
        freeDesks[freeDeskCount++] = desk(ref);
        Finished end = new Finished(ref, reason, random.nextInt(64));
        on(new ToScheduler.StepReport(worker, MODEL, 1, SLOTS, 0, 0, 0, List.of(end)));
    }

    /** The client of one that waits leaves. */
    void cancel() {
        int row = random.nextInt(waiting.count);
        GenerationRef ref = waiting.ref(row);
        waiting.remove(row);
        freeDesks[freeDeskCount++] = desk(ref);
        on(new ToScheduler.Cancel(List.of(ref)));
    }

    int queued() {
        return waiting.count;
    }

    private static int desk(GenerationRef ref) {
        return (int) ref.id().high();
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
            waiting.remove(rowOf[desk]);
            workerOf[aboard.count] = boarded.workerId();
            aboard.add(desk, boarded.ref().id().low());
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
