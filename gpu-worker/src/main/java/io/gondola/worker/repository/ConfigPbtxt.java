package io.gondola.worker.repository;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import com.google.protobuf.util.JsonFormat;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.embedding.EmbeddingOptions;
import io.gondola.worker.engine.onnx.OnnxEngine;
import io.gondola.worker.engine.onnx.OnnxOptions;
import io.gondola.worker.engine.tensorflow.savedmodel.SavedModelEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import triton.DataType;
import triton.Input;
import triton.InstanceGroup;
import triton.ModelConfig;
import triton.Output;
import triton.Parameter;

/**
 * Reads {@code config.pbtxt} as Triton has it. What {@code model.yaml} knows too means the same; what would change a model's
 * answers and is not to be had here is an error that names it; what only concerns how Triton computes is left aside.
 */
final class ConfigPbtxt {

    static final String FILE = "config.pbtxt";

    /** By backend. */
    private static final Map<String, String> PLATFORMS =
            new TreeMap<>(Map.of("onnxruntime", OnnxEngine.PLATFORM, "tensorflow", SavedModelEngine.PLATFORM));

    private static final String THREADS = "intra_op_thread_count";
    private static final int TEXT_CHARS_MAX = 1 << 20;

    private final String model;
    private final ModelConfig config;

    private ConfigPbtxt(String model, ModelConfig config) {
        this.model = model;
        this.config = config;
    }

    /** What the file says of a model. */
    static ModelSettings read(String model, Path file) throws RepositoryException {
        try {
            if (Files.size(file) > TEXT_CHARS_MAX) {
                throw new RepositoryException(file + ": larger than " + TEXT_CHARS_MAX + " bytes");
            }
            return parse(model, file.toString(), Files.readString(file));
        } catch (IOException unreadable) {
            throw new RepositoryException(file + ": " + unreadable.getMessage(), unreadable);
        }
    }

    /** @param source what errors begin with */
    static ModelSettings parse(String model, String source, String text) throws RepositoryException {
        ModelConfig.Builder builder = ModelConfig.newBuilder();
        try {
            TextFormat.merge(text, builder);
        } catch (TextFormat.ParseException wrong) {
            throw new RepositoryException(source + ":" + wrong.getMessage(), wrong);
        }
        return settings(model, source, builder.build());
    }

    /** Whether these keys are Triton's and not all of them those of {@code model.yaml} as well. */
    static boolean isTritons(Iterator<String> keys) {
        while (keys.hasNext()) {
            String key = keys.next();
            if (ModelConfig.getDescriptor().findFieldByName(key) != null && !ModelYaml.KEYS.contains(key)) {
                return true;
            }
        }
        return false;
    }

    /** The same as JSON, as Triton's clients give it with a load. */
    static ModelSettings parseJson(String model, String source, String text) throws RepositoryException {
        ModelConfig.Builder builder = ModelConfig.newBuilder();
        try {
            JsonFormat.parser().merge(text, builder);
        } catch (InvalidProtocolBufferException wrong) {
            throw new RepositoryException(source + ": " + wrong.getMessage(), wrong);
        }
        return settings(model, source, builder.build());
    }

    private static ModelSettings settings(String model, String source, ModelConfig config) throws RepositoryException {
        try {
            return new ConfigPbtxt(model, config).settings();
        } catch (IllegalArgumentException wrong) {
            throw new RepositoryException(source + ": " + wrong.getMessage(), wrong);
        }
    }

    private ModelSettings settings() {
        require(config.getName().isEmpty() || config.getName().equals(model), "name", "is not that of the directory");
        require(config.getRuntime().isEmpty(), "runtime", "is not supported");
        require(
                config.getDefaultModelFilename().isEmpty()
                        || config.getDefaultModelFilename().equals(OnnxEngine.MODEL_FILE)
                        || config.getDefaultModelFilename().equals(SavedModelEngine.TRITON_DIRECTORY),
                "default_model_filename",
                "is not supported: " + config.getDefaultModelFilename());
        PbtxtLimits.requireSupported(config);
        int maxBatchSize = config.getMaxBatchSize();
        require(
                maxBatchSize >= 0 && maxBatchSize <= BatchingSettings.BATCH_SIZE_MAX,
                "max_batch_size",
                "expected 0 to " + BatchingSettings.BATCH_SIZE_MAX);
        boolean isSaid = config.hasMaxBatchSize() || config.getInputCount() > 0;
        PbtxtBatching batching = new PbtxtBatching(config.getDynamicBatching());
        return new ModelSettings(
                isSaid ? Integer.valueOf(maxBatchSize) : null,
                batching.preferredBatchSizes(),
                batching.maxQueueDelayNanos(),
                instances(),
                batching.queuePolicies(),
                versions(),
                Map.of(),
                Map.of(),
                onnx(),
                EmbeddingOptions.DEFAULT,
                new DeclaredModel(platform(), inputs(), outputs(), maxBatchSize > 0));
    }

    private static void require(boolean holds, String field, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(field + ": " + otherwise);
        }
    }

    private String platform() {
        String platform = config.getPlatform();
        String backend = config.getBackend();
        require(
                platform.isEmpty() || PLATFORMS.containsValue(platform),
                "platform",
                "expected one of " + PLATFORMS.values() + ", not " + platform);
        require(
                backend.isEmpty() || PLATFORMS.containsKey(backend),
                "backend",
                "expected one of " + PLATFORMS.keySet() + ", not " + backend);
        return platform.isEmpty() ? PLATFORMS.getOrDefault(backend, "") : platform;
    }

    private List<TensorSpec> inputs() {
        List<TensorSpec> inputs = new ArrayList<>();
        for (Input input : config.getInputList()) {
            inputs.add(spec("input", input.getName(), input.getDataType(), input.getDimsList()));
        }
        return inputs;
    }

    private List<TensorSpec> outputs() {
        List<TensorSpec> outputs = new ArrayList<>();
        for (Output output : config.getOutputList()) {
            outputs.add(spec("output", output.getName(), output.getDataType(), output.getDimsList()));
        }
        return outputs;
    }

    private static TensorSpec spec(String field, String name, DataType type, List<Long> dims) {
        Datatype datatype = type == DataType.TYPE_STRING
                ? Datatype.BYTES
                : Datatype.tryOf(type.name().substring("TYPE_".length()));
        if (datatype == null) {
            throw new IllegalArgumentException(field + " '" + name + "': data_type is missing");
        }
        return new TensorSpec(
                name, datatype, dims.stream().mapToLong(Long::longValue).toArray());
    }

    private int instances() {
        int count = 0;
        for (InstanceGroup group : config.getInstanceGroupList()) {
            require(
                    group.getCount() >= 0 && group.getCount() <= BatchingSettings.INSTANCE_COUNT_MAX,
                    "instance_group.count",
                    "expected 0 to " + BatchingSettings.INSTANCE_COUNT_MAX);
            count += Math.max(1, group.getCount());
        }
        require(
                count <= BatchingSettings.INSTANCE_COUNT_MAX,
                "instance_group",
                "at most " + BatchingSettings.INSTANCE_COUNT_MAX + " in all");
        return Math.max(1, count);
    }

    private VersionPolicy versions() {
        triton.VersionPolicy policy = config.getVersionPolicy();
        return switch (policy.getPolicyChoiceCase()) {
            case ALL -> VersionPolicy.ALL;
            case LATEST -> new VersionPolicy(Math.max(1, policy.getLatest().getNumVersions()), List.of());
            case SPECIFIC -> {
                require(policy.getSpecific().getVersionsCount() > 0, "version_policy.specific.versions", "is missing");
                yield new VersionPolicy(0, policy.getSpecific().getVersionsList());
            }
            case POLICYCHOICE_NOT_SET -> VersionPolicy.LATEST;
        };
    }

    private OnnxOptions onnx() {
        Set<OnnxOptions.Provider> providers = new LinkedHashSet<>();
        config.getOptimization()
                .getExecutionAccelerators()
                .getGpuExecutionAcceleratorList()
                .forEach(accelerator -> providers.add(OnnxOptions.Provider.TENSORRT));
        if (config.getInstanceGroupList().stream().anyMatch(group -> group.getKind() == InstanceGroup.Kind.KIND_GPU)) {
            providers.add(OnnxOptions.Provider.CUDA);
        }
        providers.add(OnnxOptions.Provider.CPU);
        Parameter threads = config.getParametersOrDefault(THREADS, Parameter.getDefaultInstance());
        require(threads.getStringValue().matches("[0-9]{0,4}"), "parameters." + THREADS, "expected a whole number");
        return new OnnxOptions(
                List.copyOf(providers),
                OnnxOptions.Optimization.ALL,
                threads.getStringValue().isEmpty() ? 0 : Integer.parseInt(threads.getStringValue()));
    }
}
