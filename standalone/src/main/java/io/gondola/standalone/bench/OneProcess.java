package io.gondola.standalone.bench;

import io.gondola.launch.StartupException;
import io.gondola.standalone.Standalone;
import io.gondola.worker.engine.simulated.CostModel;
import java.nio.file.Path;

/** All roles in this JVM. */
record OneProcess(Standalone gondola) implements MeasuredServer {

    /** @param slots sequences aboard at once */
    static OneProcess start(Path model, int instances, int slots) throws StartupException {
        return new OneProcess(BenchServer.start(model, instances, slots, CostModel.FREE));
    }

    @Override
    public int port() {
        return gondola.port();
    }

    @Override
    public void close() {
        gondola.close();
    }
}
