package io.gondola.worker.launch;

import io.gondola.launch.Given;
import io.gondola.launch.ModelOption;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.UsageException;
import io.gondola.worker.engine.Device;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvMemory;
import io.gondola.worker.engine.KvPrecision;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.simulated.CostModel;
import java.util.function.Function;

/**
 * What computes, and how large.
 *
 * @param kind what computes
 * @param options slots, context and threads, for each model; how large the KV caches are, {@code kvMemory} says
 * @param kvMemory of all models together
 * @param simulatedCosts how slow the simulated engine is; nothing to the others
 */
public record EngineConfig(EngineKind kind, EngineOptions options, KvMemory kvMemory, CostModel simulatedCosts) {

    /** The TensorFlow engine, with as many slots as {@code --slots} says by default. */
    public static EngineConfig defaults() {
        int slots = Integer.parseInt(Setting.SLOTS.defaultText());
        return new EngineConfig(
                EngineKind.TENSORFLOW, EngineOptions.ofSlots(slots), KvMemory.DEFAULT, CostModel.LARGE_GPU);
    }

    /** What was set. */
    public static EngineConfig of(Settings settings) throws UsageException {
        EngineOptions options = EngineOptions.ofSlots(settings.integer(Setting.SLOTS, 1, EngineOptions.SLOTS_MAX))
                .withContextTokensMax(ModelOption.contextTokensMax(settings))
                .withThreads(settings.integer(Setting.THREADS, 0, EngineOptions.THREADS_MAX))
                .withPrecision(settings.choice(Setting.PRECISION, Precision.values()))
                .withKvPrecision(settings.choice(Setting.KV_PRECISION, KvPrecision.values()))
                .withDevice(parsed(settings.one(Setting.DEVICE), Device::parse));
        EngineKind kind = settings.choice(Setting.ENGINE, EngineKind.values());
        return new EngineConfig(
                kind,
                options,
                parsed(settings.one(Setting.KV_MEMORY), KvMemory::parse),
                parsed(settings.one(Setting.SIMULATED_STEP), CostModel::parse));
    }

    /** What the text stands for. @param parse says in its complaint what was expected */
    private static <T> T parsed(Given value, Function<String, T> parse) throws UsageException {
        try {
            return parse.apply(value.text());
        } catch (IllegalArgumentException wrong) {
            throw value.wrong(wrong.getMessage() + ", not '" + value.text() + "'");
        }
    }

    public EngineConfig withKind(EngineKind newKind) {
        return new EngineConfig(newKind, options, kvMemory, simulatedCosts);
    }

    public EngineConfig withOptions(EngineOptions newOptions) {
        return new EngineConfig(kind, newOptions, kvMemory, simulatedCosts);
    }

    public EngineConfig withSimulatedCosts(CostModel newCosts) {
        return new EngineConfig(kind, options, kvMemory, newCosts);
    }
}
