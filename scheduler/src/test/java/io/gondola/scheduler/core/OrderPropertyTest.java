package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.RequestClass;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The bounds that the javadoc of {@link WaitingLine} and {@link ClassLine} promises, over random loads. */
class OrderPropertyTest {

    private static final long SEEDS = 100;

    private static SchedulerLimits limits(long agingNanos, int agedEvery) {
        return SchedulerLimits.defaults()
                .withOrder(new SchedulerLimits.Order(agingNanos, agedEvery, 32, 2 * SECOND, 1, 2, 0, 60 * SECOND));
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
            long older = 0;
            for (Waiting one : waiting.values()) {
                if (one.boardingsWhenAged < 0 && world.nowNanos - one.arrivalNanos >= agingNanos) {
                    one.boardingsWhenAged = boardings;
                    one.olderWhenAged = older;
                }
                older++;
            }
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

    private static void checkBound(long seed, long id, Waiting one, long boardings, int agedEvery) {
        if (one.boardingsWhenAged >= 0) {
            assertThat(boardings - one.boardingsWhenAged)
                    .as("seed %d: request %d with %d older", seed, id, one.olderWhenAged)
                    .isLessThanOrEqualTo(agedEvery * (one.olderWhenAged + 1));
        }
    }

    @Test
    void theServiceOfTenantsThatAllWaitStaysWithinTheBound() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            runFair(seed);
        }
    }

    private static void runFair(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int slots = 1 + random.nextInt(4);
        int tenants = 2 + random.nextInt(4);
        CoreWorld world = new CoreWorld(limits(SECOND, 0));
        Map<Long, Integer> tenantOf = new HashMap<>();
        Map<Long, int[]> tokensOf = new HashMap<>();
        int[] waiting = new int[tenants];
        long largest = 0;
        for (long id = 1; id <= 60L * tenants; id++) {
            int tenant = random.nextInt(tenants);
            // Every tenant has a taste of its own.
            int[] tokens = {1 + random.nextInt(20 * (tenant + 1)), 1 + random.nextInt(40 / (tenant + 1))};
            tenantOf.put(id, tenant);
            tokensOf.put(id, tokens);
            waiting[tenant]++;
            largest = Math.max(largest, tokens[0] + 2L * tokens[1]);
            world.submit(request(id).tenant("t" + tenant).tokens(tokens[0], tokens[1]));
        }
        long[] service = new long[tenants];
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
            service[tenantOf.get(id)] += tokensOf.get(id)[0] + 2L * used;
            world.finish("w", used, ref(id, 0));
            long least = Long.MAX_VALUE;
            long most = 0;
            for (long units : service) {
                least = Math.min(least, units);
                most = Math.max(most, units);
            }
            // What is aboard is charged but not given yet: another slots' worth on top of the counters' bound.
            assertThat(most - least).as("seed %d", seed).isLessThanOrEqualTo((2L * slots + 1) * largest);
        }
    }
}
