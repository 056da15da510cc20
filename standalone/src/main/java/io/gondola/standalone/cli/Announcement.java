package io.gondola.standalone.cli;

import io.gondola.standalone.ModelSource;
import io.gondola.standalone.logging.LogSetup;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** The one line that says that all is ready, and where. */
final class Announcement {

    private Announcement() {}

    static void ready(CliConfig config, int port) {
        List<ModelSource> sources = config.standalone().models();
        String models = sources.stream().map(ModelSource::name).collect(Collectors.joining(", "));
        String host = urlHost(config.standalone().gateway().host());
        LoggerFactory.getLogger(LogSetup.ANNOUNCEMENTS)
                .info("Gondola is ready: http://{}:{} (models: {})", host, port, models);
    }

    /** An address as it stands in a URL that works on this machine. */
    static String urlHost(String host) {
        String bare = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
        return bare.indexOf(':') >= 0 ? "[" + bare + "]" : bare;
    }
}
