package io.gondola.worker.engine.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import io.gondola.worker.engine.EngineException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * ONNX Runtime's environment, of which there is one in a process.
 *
 * <p>ONNX Runtime (1.29) takes stack for each character of the process's command line when it makes it. At some 4,000 of them,
 * a long class path for example, that is more than the main thread has, and the process ends without a word: so it is made by
 * a thread with a stack for the longest there are.
 */
final class OnnxEnvironment {

    private static final long STACK_BYTES = 256L << 20;

    private OnnxEnvironment() {}

    /** Makes it, where it is not there yet. */
    static OrtEnvironment get() throws EngineException {
        FutureTask<OrtEnvironment> making = new FutureTask<>(
                () -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "gondola"));
        new Thread(null, making, "gondola-onnx-environment", STACK_BYTES).start();
        try {
            return making.get();
        } catch (ExecutionException failed) {
            throw new EngineException("ONNX Runtime does not start: " + failed.getMessage(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new EngineException("interrupted while ONNX Runtime was starting", interrupted);
        }
    }
}
