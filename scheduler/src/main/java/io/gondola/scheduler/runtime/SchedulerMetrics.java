package io.gondola.scheduler.runtime;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.WaitReason;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerGauges;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;

/** The meters of one model's queue, there and 0 from the start. Written by the event loop, read by any thread. */
final class SchedulerMetrics {

    private static final Duration[] WAIT_BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5),
    };

    private static final double ALL_PERCENT = 100;

    private final MeterRegistry registry;
    private final String model;
    private final List<Meter> meters = new ArrayList<>();
    private final Timer queueWait;
    private final Counter silentWorkers;
    private final Counter silentGateways;
    private final Map<WaitReason, Counter> waits = new EnumMap<>(WaitReason.class);
    private final Map<Effect.End, Counter> ends = new EnumMap<>(Effect.End.class);
    private final Map<String, Meter> loading = new ConcurrentHashMap<>();
    private volatile SchedulerGauges gauges =
            new SchedulerGauges(0, 0, 0, 0, 0, 0, 0, 0, 0, new SchedulerGauges.Fairness(1, 1, 1));

    SchedulerMetrics(MeterRegistry registry, String model) {
        this.registry = registry;
        this.model = model;
        gauge("queue.depth", "Generations that wait", SchedulerGauges::queueRequests);
        gauge("queue.tokens", "Prompt tokens that wait", SchedulerGauges::queueTokens);
        gauge("sequences.running", "Generations aboard workers", SchedulerGauges::sequencesRunning);
        gauge("slots", "Sequences that can be aboard at once", SchedulerGauges::slots);
        gauge("slots.used", "Slots reserved", SchedulerGauges::slotsUsed);
        gauge("kv.tokens.used", "KV-cache positions reserved", SchedulerGauges::kvTokensUsed);
        gauge("kv.tokens.capacity", "KV-cache positions of all workers", SchedulerGauges::kvTokensCapacity);
        gauge("workers", "Workers that have the model loaded", SchedulerGauges::workers);
        gauge("workers.loading", "Workers that are loading the model", SchedulerGauges::workersLoading);
        gauge("demand", "Generations queued, running, or held for a worker to come", SchedulerGauges::demand);
        for (RequestClass requestClass : RequestClass.values()) {
            meters.add(Gauge.builder(
                            "gondola.fairness", this, of -> of.gauges.fairness().of(requestClass))
                    .description(
                            "Jain's index of what active tenants got in the last window by their weights; 1 is even")
                    .tag("model", model)
                    .tag("class", requestClass.word())
                    .strongReference(true)
                    .register(registry));
        }
        queueWait = Timer.builder("gondola.queue.wait")
                .description("Time from submission to boarding a worker")
                .tag("model", model)
                .serviceLevelObjectives(WAIT_BUCKETS)
                .register(registry);
        meters.add(queueWait);
        silentWorkers = counter("workers.silent", "Workers given up because nothing was heard of them");
        silentGateways = counter("gateways.silent", "Gateways given up because nothing was heard of them");
        for (WaitReason reason : WaitReason.values()) {
            waits.put(
                    reason,
                    counter("queue.waits", "Generations that boarded, by what they waited for", "reason", reason));
        }
        for (Effect.End end : Effect.End.values()) {
            ends.put(end, counter("attempts.ended", "Attempts that ended for the scheduler, by how", "end", end));
        }
    }

    SchedulerGauges gauges() {
        return gauges;
    }

    void publish(SchedulerGauges now) {
        gauges = now;
    }

    void onBoarded(long queueWaitNanos, WaitReason reason) {
        Counter counter = waits.get(reason);
        if (counter != null) {
            counter.increment();
        }
        queueWait.record(Duration.ofNanos(queueWaitNanos));
    }

    void onEnded(Effect.End end) {
        Counter counter = ends.get(end);
        if (counter != null) {
            counter.increment();
        }
    }

    void onWorkerSilent() {
        silentWorkers.increment();
    }

    void onGatewaySilent() {
        silentGateways.increment();
    }

    /** Shows how far a worker is that loads the model. */
    void addLoading(String workerId, IntSupplier percent) {
        loading.computeIfAbsent(workerId, id -> Gauge.builder(
                        "gondola.worker.loading.ratio", percent, of -> of.getAsInt() / ALL_PERCENT)
                .description("How much of the model's weights a worker that is loading it has read")
                .tag("model", model)
                .tag("worker", id)
                .strongReference(true)
                .register(registry));
    }

    void removeLoading(String workerId) {
        Meter shown = loading.remove(workerId);
        if (shown != null) {
            registry.remove(shown);
        }
    }

    /** Takes the meters out of the registry. */
    void close() {
        loading.values().forEach(registry::remove);
        meters.forEach(registry::remove);
    }

    private Counter counter(String name, String description, String tag, Enum<?> value) {
        return added(Counter.builder("gondola." + name)
                .description(description)
                .tag(tag, value.name().toLowerCase(Locale.ROOT)));
    }

    private Counter counter(String name, String description) {
        return added(Counter.builder("gondola." + name).description(description));
    }

    private Counter added(Counter.Builder builder) {
        Counter counter = builder.tag("model", model).register(registry);
        meters.add(counter);
        return counter;
    }

    private void gauge(String name, String description, ToDoubleFunction<SchedulerGauges> value) {
        meters.add(Gauge.builder("gondola." + name, this, metrics -> value.applyAsDouble(metrics.gauges))
                .description(description)
                .tag("model", model)
                .strongReference(true)
                .register(registry));
    }
}
