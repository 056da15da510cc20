package io.gondola.worker.engine.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import io.gondola.worker.engine.TensorEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An {@code .onnx} file, run through ONNX Runtime. */
public final class OnnxEngine implements TensorEngine {

    /** By Triton's name. */
    public static final String PLATFORM = "onnxruntime_onnx";

    /** The file in a version's directory. */
    public static final String MODEL_FILE = "model.onnx";

    /** Where sentence-transformers keeps it. */
    private static final String SENTENCE_FILE = "onnx/" + MODEL_FILE;

    private static final String SIGNATURE = "serving_default";

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final UnsignedCasts casts;
    private final List<Signature> signatures;
    private final boolean mayHaveBatchDimension;

    private OnnxEngine(
            OrtEnvironment environment,
            OrtSession session,
            UnsignedCasts casts,
            Signature signature,
            boolean mayHaveBatchDimension) {
        this.environment = environment;
        this.session = session;
        this.casts = casts;
        this.signatures = List.of(signature);
        this.mayHaveBatchDimension = mayHaveBatchDimension;
    }

    /** The file in a version's directory; null where there is none. */
    public static @Nullable Path tryFile(Path version) {
        for (String name : List.of(MODEL_FILE, SENTENCE_FILE)) {
            Path file = version.resolve(name);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        return null;
    }

    /** Loads a file; weights in files of their own are found beside it. */
    public static OnnxEngine load(Path file, OnnxOptions options) throws EngineException {
        OrtEnvironment environment = OnnxEnvironment.get();
        try (OrtSession.SessionOptions sessionOptions = sessionOptions(options)) {
            OrtSession session = environment.createSession(file.toString(), sessionOptions);
            try {
                Signature signature =
                        new Signature(SIGNATURE, specs(session.getInputInfo()), specs(session.getOutputInfo()));
                OnnxTensors.requireInputs(signature);
                List<NodeInfo> all = new ArrayList<>(session.getInputInfo().values());
                all.addAll(session.getOutputInfo().values());
                return new OnnxEngine(
                        environment,
                        session,
                        UnsignedCasts.forInputs(environment, signature),
                        signature,
                        haveOneFirstDimension(all));
            } catch (OrtException | RuntimeException failure) {
                session.close();
                throw failure;
            }
        } catch (OrtException | IllegalArgumentException failure) {
            throw new EngineException(file + ": not loaded: " + failure.getMessage(), failure);
        }
    }

    private static OrtSession.SessionOptions sessionOptions(OnnxOptions options) throws OrtException, EngineException {
        OrtSession.SessionOptions target = new OrtSession.SessionOptions();
        target.setOptimizationLevel(
                switch (options.optimization()) {
                    case NONE -> OrtSession.SessionOptions.OptLevel.NO_OPT;
                    case BASIC -> OrtSession.SessionOptions.OptLevel.BASIC_OPT;
                    case EXTENDED -> OrtSession.SessionOptions.OptLevel.EXTENDED_OPT;
                    case ALL -> OrtSession.SessionOptions.OptLevel.ALL_OPT;
                });
        target.setIntraOpNumThreads(options.threads());
        // Threads that spin between runs would take the processor from everybody else in this process.
        target.addConfigEntry("session.intra_op.allow_spinning", "0");
        for (OnnxOptions.Provider provider : options.providers()) {
            try {
                switch (provider) {
                    case CPU -> target.addCPU(true);
                    case CUDA -> target.addCUDA();
                    case TENSORRT -> target.addTensorrt(0);
                }
            } catch (OrtException missing) {
                target.close();
                throw new EngineException(
                        "provider " + provider.word() + " is not to be had here: " + missing.getMessage(), missing);
            }
        }
        return target;
    }

    /** Sizes of two names are two sizes: of an output {@code [found, 4]} for an input {@code [batch, 4]} no row is anybody's. */
    private static boolean haveOneFirstDimension(List<NodeInfo> infos) {
        Set<String> names = new HashSet<>();
        for (NodeInfo info : infos) {
            String[] dimensions = ((TensorInfo) info.getInfo()).getDimensionNames();
            if (dimensions.length > 0 && !dimensions[0].isEmpty()) {
                names.add(dimensions[0]);
            }
        }
        return names.size() <= 1;
    }

    private static List<TensorSpec> specs(Map<String, NodeInfo> infos) {
        List<TensorSpec> specs = new ArrayList<>();
        infos.forEach((name, info) -> {
            if (!(info.getInfo() instanceof TensorInfo tensor)) {
                throw new IllegalArgumentException("'" + name + "' is no tensor but " + info.getInfo());
            }
            specs.add(OnnxTensors.specOf(name, tensor));
        });
        return specs;
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
    public boolean mayHaveBatchDimension() {
        return mayHaveBatchDimension;
    }

    @Override
    public List<Tensor> run(String signature, List<JoinedInput> inputs, List<String> outputs) throws EngineException {
        Map<String, OnnxTensor> fed = new LinkedHashMap<>();
        try {
            for (JoinedInput input : inputs) {
                fed.put(input.name(), OnnxTensors.toOnnx(environment, casts, input));
            }
            try (OrtSession.Result result = session.run(fed, new LinkedHashSet<>(outputs))) {
                List<Tensor> given = new ArrayList<>(outputs.size());
                for (String output : outputs) {
                    OnnxValue value = result.get(output)
                            .orElseThrow(() -> new EngineException("The model gave no output '" + output + "'."));
                    given.add(OnnxTensors.fromOnnx(output, value));
                }
                return given;
            }
        } catch (OrtException | IllegalArgumentException failure) {
            throw new EngineException(String.valueOf(failure.getMessage()), failure);
        } finally {
            fed.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
            casts.close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
