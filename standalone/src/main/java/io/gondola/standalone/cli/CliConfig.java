package io.gondola.standalone.cli;

import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.launch.GatewaySettings;
import io.gondola.launch.ModelOption;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.UsageException;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.launch.SchedulerSettings;
import io.gondola.standalone.StandaloneConfig;
import io.gondola.worker.launch.EngineConfig;
import java.nio.file.Path;

/** What the settings come to: a standalone that is valid in every part. */
final class CliConfig {

    private CliConfig() {}

    /** @param demoModel served when no model is given */
    static StandaloneConfig of(Settings settings, Path demoModel) throws UsageException {
        EngineConfig engine = EngineConfig.of(settings);
        GatewayConfig gateway = GatewaySettings.read(settings);
        SchedulerLimits scheduler = SchedulerSettings.read(settings);
        // What needs a look at the disk comes last: a mistake in a word shows first.
        return new StandaloneConfig(
                ModelOption.models(settings, demoModel),
                engine,
                gateway,
                scheduler,
                SchedulerSettings.readInferences(settings),
                settings.isGiven(Setting.MODEL_REPOSITORY) ? settings.path(Setting.MODEL_REPOSITORY) : null);
    }
}
