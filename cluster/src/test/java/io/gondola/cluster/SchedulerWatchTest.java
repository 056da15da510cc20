package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Members whose heartbeats come each second until they do not, looked at ten times a second in made-up time. */
class SchedulerWatchTest {

    private static final long LOOK_MILLIS = 100;
    private static final long HEARTBEAT_MILLIS = 1_000;

    private final UUID owner = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();
    private final UUID worker = UUID.randomUUID();
    private final Map<UUID, Long> heartbeats = new HashMap<>();
    private final Set<UUID> hanging = new HashSet<>();
    private Set<UUID> schedulers = Set.of(owner, other);
    private SchedulerWatch watch = new SchedulerWatch(false, 0);
    private long nowMillis;

    private List<UUID> look() {
        heartbeats.replaceAll(
                (member, last) -> hanging.contains(member) ? last : nowMillis / HEARTBEAT_MILLIS * HEARTBEAT_MILLIS);
        return watch.look(heartbeats, schedulers, TimeUnit.MILLISECONDS.toNanos(nowMillis));
    }

    /** Looks until somebody is given up, or so long; who it is. */
    private List<UUID> lookFor(long millis) {
        List<UUID> silent = List.of();
        for (long end = nowMillis + millis; nowMillis < end && silent.isEmpty(); nowMillis += LOOK_MILLIS) {
            silent = look();
        }
        return silent;
    }

    private void present(UUID... members) {
        for (UUID member : members) {
            heartbeats.put(member, 0L);
        }
        assertThat(lookFor(10_000)).isEmpty();
    }

    @Test
    void aSchedulerThatHangsIsGivenUp() {
        present(owner, other, worker);
        hanging.add(owner);
        long since = nowMillis;
        assertThat(lookFor(10_000)).containsExactly(owner);
        assertThat(nowMillis - since).isBetween(SchedulerWatch.SILENCE_MILLIS_MAX - HEARTBEAT_MILLIS, 2_800L);
    }

    @Test
    void aWorkerThatHangsIsNot() {
        present(owner, other, worker);
        hanging.add(worker);
        assertThat(lookFor(60_000)).isEmpty();
    }

    @Test
    void theLastSchedulerIsKept() {
        schedulers = Set.of(owner);
        present(owner, worker);
        hanging.add(owner);
        assertThat(lookFor(60_000)).isEmpty();
    }

    @Test
    void twoOfThreeAreGivenUpTogether() {
        UUID third = UUID.randomUUID();
        schedulers = Set.of(owner, other, third);
        present(owner, other, third, worker);
        hanging.addAll(Set.of(owner, other));
        assertThat(lookFor(10_000)).containsExactlyInAnyOrder(owner, other);
    }

    @Test
    void aSchedulerTakesOverFromTheOnlyOtherOne() {
        watch = new SchedulerWatch(true, 0);
        schedulers = Set.of(owner);
        present(owner, worker);
        hanging.add(owner);
        assertThat(lookFor(10_000)).containsExactly(owner);
    }

    @Test
    void whoHearsNobodyGivesUpNobody() {
        watch = new SchedulerWatch(true, 0);
        present(owner, other, worker);
        hanging.addAll(heartbeats.keySet());
        assertThat(lookFor(60_000)).isEmpty();
    }

    @Test
    void ownSleepIsNotTheirSilence() {
        present(owner, other, worker);
        Map<UUID, Long> before = Map.copyOf(heartbeats);
        nowMillis += 30_000;
        // What came meanwhile is not read yet.
        assertThat(watch.look(before, schedulers, TimeUnit.MILLISECONDS.toNanos(nowMillis)))
                .isEmpty();
        nowMillis += LOOK_MILLIS;
        assertThat(lookFor(10_000)).isEmpty();
    }

    @Test
    void silenceAroundOwnSleepCounts() {
        present(owner, other, worker);
        hanging.add(owner);
        assertThat(lookFor(1_000)).isEmpty();
        nowMillis += 30_000;
        assertThat(lookFor(2_800)).containsExactly(owner);
    }
}
