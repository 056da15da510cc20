package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The bounds that the javadoc of {@link WaitingLine} and {@link ClassLine} promises, over random loads. */
class OrderPropertyTest {

    private static final long SEEDS = 100;
    private static final double ROUNDING = 0.5;

    private static SchedulerLimits limits(long agingNanos, int agedEvery) {
        return limits(agingNanos, agedEvery, 0);
    }

    private static SchedulerLimits limits(long agingNanos, int agedEvery, int preemptionsMax) {
        return SchedulerLimits.defaults()
                .withOrder(new SchedulerLimits.Order(
                        agingNanos, agedEvery, 32, 2 * SECOND, 1, 2, preemptionsMax, 60 * SECOND));
    }

    private static final class Waiting {
        final long arrivalNanos;
        long boardingsWhenAged = -1;
        long olderWhenAged;

        Waiting(long arrivalNanos) {
            this.arrivalNanos = arrivalNanos;
        }
    }

    @Test
    void anAgedRequestBoardsWithinItsBoundUnderAnyLoad() {
        long agedBoardings = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            agedBoardings += runAged(seed);
        }
        assertThat(agedBoardings).isGreaterThan(300);
    }

    /** More load than one worker bears; how many requests boarded after they were aged. */
    private static long runAged(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int agedEvery = 1 + random.nextInt(6);
        long agingNanos = random.nextLong(3 * SECOND);
        CoreWorld world = new CoreWorld(limits(agingNanos, agedEvery)).join("w", 1 + random.nextInt(3), 1_000);
        LinkedHashMap<Long, Waiting> waiting = new LinkedHashMap<>();
        List<Long> aboard = new ArrayList<>();
        long boardings = 0;
        long aged = 0;
        long ids = 0;
        for (int i = 0; i < 250; i++) {
            world.at(world.nowNanos + random.nextLong(SECOND / 10));
            markAged(waiting.values(), world.nowNanos - agingNanos, boardings);
            if (!aboard.isEmpty() && random.nextInt(5) < 2) {
                world.finish("w", ref(aboard.remove(random.nextInt(aboard.size())), 0));
            } else {
                RequestClass requestClass = RequestClass.values()[Math.min(2, random.nextInt(6))];
                waiting.put(++ids, new Waiting(world.nowNanos));
                world.submit(request(ids)
                        .of(random.nextInt(4) > 0 ? RequestClass.INTERACTIVE : requestClass)
                        .tenant("t" + random.nextInt(3)));
            }
            for (String boarded : world.boarded()) {
                long id = Long.parseLong(boarded.split(":")[1]);
                boardings++;
                aboard.add(id);
                Waiting one = waiting.remove(id);
                aged += one.boardingsWhenAged < 0 ? 0 : 1;
                checkBound(seed, id, one, boardings, agedEvery);
            }
        }
        for (Map.Entry<Long, Waiting> left : waiting.entrySet()) {
            checkBound(seed, left.getKey(), left.getValue(), boardings, agedEvery);
        }
        return aged;
    }

    /** Those that came until then are aged, the oldest first. */
    private static void markAged(Collection<Waiting> waiting, long untilNanos, long boardings) {
        long older = 0;
        for (Waiting one : waiting) {
            if (one.boardingsWhenAged < 0 && one.arrivalNanos <= untilNanos) {
                one.boardingsWhenAged = boardings;
                one.olderWhenAged = older;
            }
            older++;
        }
    }

    private static void checkBound(long seed, Object id, Waiting one, long boardings, int agedEvery) {
        if (one.boardingsWhenAged >= 0) {
            assertThat(boardings - one.boardingsWhenAged)
                    .as("seed %d: request %s with %d older", seed, id, one.olderWhenAged)
                    .isLessThanOrEqualTo(agedEvery * (one.olderWhenAged + 1));
        }
    }

    @Test
    void theBoundHoldsWhereWorkersJoinPromptsShareBeginningsAndBatchWorkIsPreempted() {
        Crowd all = new Crowd(0);
        for (long seed = 1; seed <= SEEDS; seed++) {
            Crowd crowd = new Crowd(seed);
            crowd.run();
            all.agedBoardings += crowd.agedBoardings;
            all.preempted += crowd.preempted;
            all.joined += crowd.joined;
        }
        // Each of them occurs, and often.
        assertThat(all.agedBoardings).isGreaterThan(300);
        assertThat(all.preempted).isGreaterThan(300);
        assertThat(all.joined).isGreaterThan(200);
    }

    /** Workers that join while there is more load than they bear; what they are told to revoke they end a little later. */
    private static final class Crowd {

        private static final int WORKERS_MAX = 4;
        private static final int BEGINNINGS = 3;
        private static final int BEGINNING_TOKENS = 128;
        private static final int PROMPT_TOKENS = 160;

        private final long seed;
        private final SplittableRandom random;
        private final int agedEvery;
        private final long agingNanos;
        private final CoreWorld world;
        private final LinkedHashMap<GenerationRef, Waiting> waiting = new LinkedHashMap<>();
        private final LinkedHashMap<GenerationRef, String> aboard = new LinkedHashMap<>();
        private final LinkedHashMap<GenerationRef, String> revoked = new LinkedHashMap<>();
        private long boardings;
        private long ids;
        private int agedBoardings;
        private int preempted;
        private int joined;

        Crowd(long seed) {
            this.seed = seed;
            random = new SplittableRandom(seed);
            agedEvery = 1 + random.nextInt(6);
            agingNanos = random.nextLong(3 * SECOND);
            world = new CoreWorld(limits(agingNanos, agedEvery, 1 + random.nextInt(3)));
        }

        void run() {
            for (int i = 0; i < 250; i++) {
                world.at(world.nowNanos + random.nextLong(SECOND / 10));
                markAged(waiting.values(), world.nowNanos - agingNanos, boardings);
                int what = random.nextInt(10);
                if (joined < WORKERS_MAX && (joined == 0 || random.nextInt(40) == 0)) {
                    world.join("w" + ++joined, 1 + random.nextInt(3), 1_000);
                } else if (what < 3 && !revoked.isEmpty()) {
                    end(revoked, FinishReason.CANCELLED);
                } else if (what < 6 && !aboard.isEmpty()) {
                    end(aboard, FinishReason.STOP);
                } else {
                    RequestClass[] classes = RequestClass.values();
                    submit(ref(++ids, 0), classes[random.nextInt(classes.length)]);
                }
                follow();
            }
            waiting.forEach((ref, left) -> checkBound(seed, ref, left, boardings, agedEvery));
        }

        private void submit(GenerationRef ref, RequestClass requestClass) {
            long id = ref.id().low();
            int[] prompt = new int[PROMPT_TOKENS];
            Arrays.fill(prompt, 0, BEGINNING_TOKENS, (int) (id % BEGINNINGS));
            Arrays.fill(prompt, BEGINNING_TOKENS, PROMPT_TOKENS, (int) (BEGINNINGS + id));
            waiting.put(ref, new Waiting(world.nowNanos));
            world.submit(request(id)
                    .attempt(ref.attempt())
                    .prompt(prompt)
                    .of(requestClass)
                    .tenant("t" + random.nextInt(3)));
        }

        private void end(LinkedHashMap<GenerationRef, String> among, FinishReason reason) {
            List<GenerationRef> refs = List.copyOf(among.keySet());
            GenerationRef ref = refs.get(random.nextInt(refs.size()));
            String worker = among.remove(ref);
            world.on(new ToScheduler.StepReport(
                    worker, RequestBuilder.MODEL, 1, 0, 0, 0, 0, List.of(new ToScheduler.Finished(ref, reason, 1))));
        }

        /** Does what workers and gateway do; what was preempted comes again as the next attempt. */
        private void follow() {
            for (Effect effect : world.effects) {
                if (effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Admit admit) {
                    admit.generations().forEach(request -> board(request.ref(), tell.workerId()));
                } else if (effect instanceof Effect.TellWorker tell
                        && tell.message() instanceof ToWorker.Revoke revoke) {
                    revoke.refs().forEach(ref -> revoked.put(ref, aboard.remove(ref)));
                }
            }
            List<GenerationRef> again = world.toGateway(ToGateway.AttemptLost.class).stream()
                    .flatMap(lost -> lost.refs().stream())
                    .toList();
            for (GenerationRef lost : again) {
                preempted++;
                submit(new GenerationRef(lost.id(), lost.attempt() + 1), RequestClass.BATCH);
                follow();
            }
        }

        private void board(GenerationRef ref, String worker) {
            boardings++;
            aboard.put(ref, worker);
            Waiting one = waiting.remove(ref);
            agedBoardings += one.boardingsWhenAged < 0 ? 0 : 1;
            checkBound(seed, ref, one, boardings, agedEvery);
        }
    }

    @Test
    void theServiceOfTenantsThatAllWaitStaysWithinTheBound() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            runFair(seed, 1);
        }
    }

    @Test
    void soDoesTheServiceByWeightOfTenantsThatWeighMoreAndLess() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            runFair(seed, 8);
        }
    }

    private static void runFair(long seed, int weightMax) {
        SplittableRandom random = new SplittableRandom(seed);
        int slots = 1 + random.nextInt(4);
        int tenants = 2 + random.nextInt(4);
        CoreWorld world = new CoreWorld(limits(SECOND, 0));
        Map<Long, Integer> tenantOf = new HashMap<>();
        Map<Long, int[]> tokensOf = new HashMap<>();
        int[] waiting = new int[tenants];
        int[] weights = random.ints(tenants, 1, weightMax + 1).toArray();
        double largest = 0;
        for (long id = 1; id <= 60L * tenants; id++) {
            int tenant = random.nextInt(tenants);
            // Every tenant has a taste of its own.
            int[] tokens = {1 + random.nextInt(20 * (tenant + 1)), 1 + random.nextInt(40 / (tenant + 1))};
            tenantOf.put(id, tenant);
            tokensOf.put(id, tokens);
            waiting[tenant]++;
            largest = Math.max(largest, (tokens[0] + 2.0 * tokens[1]) / weights[tenant]);
            world.submit(
                    request(id).tenant("t" + tenant).weight(weights[tenant]).tokens(tokens[0], tokens[1]));
        }
        double[] service = new double[tenants];
        List<Long> aboard = new ArrayList<>();
        world.join("w", slots, 1_000);
        while (true) {
            for (String boarded : world.boarded()) {
                long id = Long.parseLong(boarded.split(":")[1]);
                aboard.add(id);
                waiting[tenantOf.get(id)]--;
            }
            for (int count : waiting) {
                if (count == 0) {
                    return; // One tenant has nothing left: the promise ends.
                }
            }
            long id = aboard.remove(random.nextInt(aboard.size()));
            int used = random.nextInt(tokensOf.get(id)[1] + 1);
            int tenant = tenantOf.get(id);
            service[tenant] += (tokensOf.get(id)[0] + 2.0 * used) / weights[tenant];
            world.finish("w", used, ref(id, 0));
            double least = Arrays.stream(service).min().orElseThrow();
            double most = Arrays.stream(service).max().orElseThrow();
            // What is aboard is charged but not given yet: another slots' worth on top of the counters' bound. And a
            // counter is cut off at a thousandth of a token for each request.
            assertThat(most - least).as("seed %d", seed).isLessThanOrEqualTo((2 * slots + 1) * largest + ROUNDING);
        }
    }
}
