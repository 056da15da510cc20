package io.gondola.worker.repository;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.TensorEngine;
import io.gondola.worker.engine.onnx.OnnxEngine;
import io.gondola.worker.engine.onnx.OnnxOptions;
import io.gondola.worker.engine.tensorflow.savedmodel.SavedModelEngine;
import java.nio.file.Path;

/** Loads what a version's directory holds. Neither library is touched before a model needs it. */
public final class TensorEngines {

    private final int threads;

    /** @param threads inside one operation where a model does not say; 0 takes all processors */
    public TensorEngines(int threads) {
        this.threads = threads;
    }

    /** Takes as long as the weights are large. */
    public TensorEngine load(Path version, ModelSettings settings) throws EngineException {
        Path onnxFile = OnnxEngine.tryFile(version);
        if (onnxFile != null) {
            OnnxOptions options = settings.onnx();
            return OnnxEngine.load(
                    onnxFile,
                    options.threads() > 0
                            ? options
                            : new OnnxOptions(options.providers(), options.optimization(), threads));
        }
        Path savedModel = SavedModelEngine.tryDirectory(version);
        return SavedModelEngine.load(savedModel == null ? version : savedModel, threads);
    }
}
