package io.gondola.worker.engine.tensorflow.savedmodel;

import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import io.gondola.worker.engine.TensorEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.SignatureDef;

/** A SavedModel, run through TensorFlow Java. */
public final class SavedModelEngine implements TensorEngine {

    /** By Triton's name. */
    public static final String PLATFORM = "tensorflow_savedmodel";

    /** The file that makes a directory a SavedModel. */
    public static final String MODEL_FILE = "saved_model.pb";

    /** Where Triton keeps it in a version's directory. */
    public static final String TRITON_DIRECTORY = "model.savedmodel";

    private static final String TAG_SERVE = "serve";

    private final SavedModelBundle bundle;
    private final Map<String, SignatureDef> definitions;
    private final List<Signature> signatures;

    private SavedModelEngine(
            SavedModelBundle bundle, Map<String, SignatureDef> definitions, List<Signature> signatures) {
        this.bundle = bundle;
        this.definitions = definitions;
        this.signatures = signatures;
    }

    /** The SavedModel in a version's directory; null where there is none. */
    public static @Nullable Path tryDirectory(Path version) {
        for (Path directory : List.of(version, version.resolve(TRITON_DIRECTORY))) {
            if (Files.isRegularFile(directory.resolve(MODEL_FILE))) {
                return directory;
            }
        }
        return null;
    }

    /**
     * Loads a directory with {@code saved_model.pb} and {@code variables/}.
     *
     * @param threads that compute inside one operation; 0 takes all processors. One pool serves all models of a process,
     *     as large as the first of them asked
     */
    public static SavedModelEngine load(Path directory, int threads) throws EngineException {
        if (!Files.isRegularFile(directory.resolve(MODEL_FILE))) {
            throw new EngineException(directory + ": no " + MODEL_FILE);
        }
        SavedModelBundle bundle;
        try {
            bundle = SavedModelBundle.loader(directory.toString())
                    .withTags(TAG_SERVE)
                    .withConfigProto(ConfigProto.newBuilder()
                            .setIntraOpParallelismThreads(threads)
                            .build())
                    .load();
        } catch (TensorFlowException | IllegalArgumentException failure) {
            throw new EngineException(directory + ": not loaded: " + firstLine(failure), failure);
        }
        try {
            Map<String, SignatureDef> definitions = bundle.metaGraphDef().getSignatureDefMap();
            return new SavedModelEngine(bundle, definitions, SavedSignatures.of(directory, definitions));
        } catch (EngineException | RuntimeException failure) {
            bundle.close();
            throw failure;
        }
    }

    @Override
    public String platform() {
        return PLATFORM;
    }

    @Override
    public List<Signature> signatures() {
        return signatures;
    }

    @Override
    public List<Tensor> run(String signature, List<JoinedInput> inputs, List<String> outputs) throws EngineException {
        SignatureDef definition = definitions.get(signature);
        if (definition == null) {
            throw new IllegalArgumentException("no signature " + signature);
        }
        List<org.tensorflow.Tensor> fed = new ArrayList<>(inputs.size());
        try {
            Session.Runner runner = bundle.session().runner();
            for (JoinedInput input : inputs) {
                org.tensorflow.Tensor tensor = TensorCopies.toTensorFlow(input);
                fed.add(tensor);
                runner.feed(definition.getInputsOrThrow(input.name()).getName(), tensor);
            }
            for (String output : outputs) {
                runner.fetch(definition.getOutputsOrThrow(output).getName());
            }
            try (Result result = runner.run()) {
                List<Tensor> given = new ArrayList<>(outputs.size());
                for (int i = 0; i < outputs.size(); i++) {
                    given.add(TensorCopies.fromTensorFlow(outputs.get(i), result.get(i)));
                }
                return given;
            }
        } catch (TensorFlowException | IllegalArgumentException failure) {
            throw new EngineException(firstLine(failure), failure);
        } finally {
            fed.forEach(org.tensorflow.Tensor::close);
        }
    }

    /** What follows is the graph's inside, and of no use to a client. */
    private static String firstLine(RuntimeException failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("no reason given");
    }

    @Override
    public void close() {
        bundle.close();
    }
}
