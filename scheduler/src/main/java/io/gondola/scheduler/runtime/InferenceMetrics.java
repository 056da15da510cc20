package io.gondola.scheduler.runtime;

import io.gondola.scheduler.inference.InferenceEffect;
import io.gondola.scheduler.inference.InferenceGauges;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * The meters of the queues of inferences, by model, from the first word of it on. Written by the event loop, read by any
 * thread.
 */
final class InferenceMetrics {

    private static final double[] WAIT_BUCKET_SECONDS = {
        0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10
    };

    private final MeterRegistry registry;
    private final Map<String, InferenceGauges> gauges;
    private final Map<String, Timer> queueWaits = new HashMap<>();
    private final List<Meter> meters = new ArrayList<>();

    /** @param gauges where the state is left for other threads */
    InferenceMetrics(MeterRegistry registry, Map<String, InferenceGauges> gauges) {
        this.registry = registry;
        this.gauges = gauges;
    }

    void publish(Map<String, InferenceGauges> now) {
        now.forEach((model, state) -> {
            if (gauges.put(model, state) == null && !queueWaits.containsKey(model)) {
                register(model);
            }
        });
        if (gauges.size() > now.size()) {
            gauges.keySet().retainAll(now.keySet());
        }
    }

    void onDeparted(InferenceEffect.Departed departed) {
        Timer queueWait = queueWaits.get(departed.model());
        if (queueWait != null) {
            departed.queueNanos().forEach(nanos -> queueWait.record(nanos, TimeUnit.NANOSECONDS));
        }
    }

    /** Takes the meters out of the registry. */
    void close() {
        meters.forEach(registry::remove);
    }

    private void register(String model) {
        gauge(model, "gondola.inference.queue.depth", "Inferences that wait", InferenceGauges::waiting);
        gauge(model, "gondola.inference.queue.bytes", "Bytes of the tensors that wait", InferenceGauges::waitingBytes);
        gauge(model, "gondola.inferences.running", "Inferences that workers have", InferenceGauges::running);
        gauge(model, "gondola.inference.workers", "Workers that have the model loaded", InferenceGauges::workers);
        gauge(model, "gondola.inference.instances", "Batches that can run at once", InferenceGauges::instances);
        gauge(model, "gondola.inference.demand", "Inferences that wait or run", InferenceGauges::demand);
        Duration[] buckets = new Duration[WAIT_BUCKET_SECONDS.length];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = Duration.ofNanos(Math.round(WAIT_BUCKET_SECONDS[i] * 1e9));
        }
        Timer queueWait = Timer.builder("gondola.inference.queue.wait")
                .description("Time from an inference's arrival to its batch's departure")
                .tag("model", model)
                .serviceLevelObjectives(buckets)
                .register(registry);
        queueWaits.put(model, queueWait);
        meters.add(queueWait);
    }

    private void gauge(String model, String name, String description, ToDoubleFunction<InferenceGauges> value) {
        meters.add(
                Gauge.builder(name, gauges, all -> value.applyAsDouble(all.getOrDefault(model, InferenceGauges.NONE)))
                        .description(description)
                        .tag("model", model)
                        .strongReference(true)
                        .register(registry));
    }
}
