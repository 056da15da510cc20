package io.gondola.worker.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.worker.embedding.EmbeddingOptions;
import io.gondola.worker.embedding.Pooling;
import io.gondola.worker.engine.onnx.OnnxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code model.yaml}. Its keys are those of Triton's {@code config.pbtxt}, so what is known of one is known of the
 * other; an unknown key is an error, because a misspelt limit is no limit.
 */
final class ModelYaml {

    static final String FILE = "model.yaml";

    /** All that may stand in it. */
    static final Set<String> KEYS = Set.of(
            "max_batch_size",
            "dynamic_batching",
            "instance_count",
            "version_policy",
            "padding",
            "unpad",
            "onnx",
            "embedding");

    private static final YAMLMapper YAML = new YAMLMapper();

    private ModelYaml() {}

    /** What the file says. */
    static ModelSettings read(Path file) throws RepositoryException {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException unreadable) {
            throw new RepositoryException(file + ": " + unreadable.getMessage(), unreadable);
        }
    }

    /**
     * What a text says: YAML, and so JSON too.
     *
     * @param source what errors begin with
     */
    static ModelSettings parse(String source, String text) throws RepositoryException {
        ObjectNode root = tryRead(source, text);
        return root == null ? ModelSettings.DEFAULT : settings(source, root);
    }

    /** The same of a text that may also be JSON as Triton's clients have it. */
    static ModelSettings parseAny(String model, String source, String text) throws RepositoryException {
        ObjectNode root = tryRead(source, text);
        if (root != null && ConfigPbtxt.isTritons(root.fieldNames())) {
            return ConfigPbtxt.parseJson(model, source, root.toString());
        }
        return root == null ? ModelSettings.DEFAULT : settings(source, root);
    }

    /** Null where there is nothing. */
    private static @Nullable ObjectNode tryRead(String source, String text) throws RepositoryException {
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JsonProcessingException bad) {
            throw new RepositoryException(source + ": no YAML: " + bad.getOriginalMessage(), bad);
        }
        if (root == null || root.isNull() || root.isMissingNode()) {
            return null;
        }
        if (!(root instanceof ObjectNode object)) {
            throw new RepositoryException(source + ": expected keys and values");
        }
        return object;
    }

    private static ModelSettings settings(String source, ObjectNode root) throws RepositoryException {
        try {
            return settings(new YamlFields(root, ""));
        } catch (IllegalArgumentException wrong) {
            throw new RepositoryException(source + ": " + wrong.getMessage(), wrong);
        }
    }

    private static ModelSettings settings(YamlFields root) {
        YamlFields batching = root.object("dynamic_batching");
        ModelSettings settings = new ModelSettings(
                root.has("max_batch_size")
                        ? root.integer("max_batch_size", 0, BatchingSettings.BATCH_SIZE_MAX, 0)
                        : null,
                batching.integers("preferred_batch_size"),
                micros(batching, "max_queue_delay_microseconds", BatchingSettings.MAX_QUEUE_DELAY_NANOS_DEFAULT),
                root.integer("instance_count", 1, BatchingSettings.INSTANCE_COUNT_MAX, 1),
                policies(batching),
                versions(root.object("version_policy")),
                root.numbers("padding"),
                root.texts("unpad"),
                onnx(root.object("onnx")),
                embedding(root.object("embedding")),
                DeclaredModel.NONE);
        batching.requireAllRead();
        root.requireAllRead();
        return settings;
    }

    private static long micros(YamlFields fields, String key, long defaultNanos) {
        long micros = fields.integer(key, 0, Integer.MAX_VALUE, (int) TimeUnit.NANOSECONDS.toMicros(defaultNanos));
        return TimeUnit.MICROSECONDS.toNanos(micros);
    }

    private static List<QueuePolicy> policies(YamlFields batching) {
        QueuePolicy byDefault = policy(batching.object("default_queue_policy"), QueuePolicy.OPEN);
        YamlFields byClass = batching.object("priority_queue_policy");
        List<QueuePolicy> policies = new ArrayList<>();
        for (RequestClass requestClass : RequestClass.values()) {
            policies.add(policy(byClass.object(requestClass.word()), byDefault));
        }
        byClass.requireAllRead();
        return policies;
    }

    private static QueuePolicy policy(YamlFields fields, QueuePolicy byDefault) {
        QueuePolicy policy = new QueuePolicy(
                fields.integer("max_queue_size", 0, Integer.MAX_VALUE, byDefault.maxQueueSize()),
                fields.choice("timeout_action", QueuePolicy.TimeoutAction.values(), byDefault.timeoutAction()),
                micros(fields, "default_timeout_microseconds", byDefault.defaultTimeoutNanos()),
                fields.flag("allow_timeout_override", byDefault.allowTimeoutOverride()));
        fields.requireAllRead();
        return policy;
    }

    private static VersionPolicy versions(YamlFields fields) {
        List<Long> specific = new ArrayList<>();
        for (int version : fields.integers("specific")) {
            specific.add((long) version);
        }
        int latest = fields.integer("latest", 1, Integer.MAX_VALUE, 0);
        boolean isAll = fields.flag("all", false);
        fields.requireAllRead();
        if ((latest > 0 ? 1 : 0) + (isAll ? 1 : 0) + (specific.isEmpty() ? 0 : 1) > 1) {
            throw new IllegalArgumentException("version_policy: expected one of latest, all and specific");
        }
        if (isAll) {
            return VersionPolicy.ALL;
        }
        return specific.isEmpty() ? new VersionPolicy(Math.max(1, latest), List.of()) : new VersionPolicy(0, specific);
    }

    private static OnnxOptions onnx(YamlFields fields) {
        List<OnnxOptions.Provider> providers = new ArrayList<>();
        for (String word : fields.words("providers")) {
            providers.add(YamlFields.constant("onnx.providers", word, OnnxOptions.Provider.values()));
        }
        OnnxOptions options = new OnnxOptions(
                providers.isEmpty() ? OnnxOptions.DEFAULT.providers() : providers,
                fields.choice("optimization", OnnxOptions.Optimization.values(), OnnxOptions.Optimization.ALL),
                fields.integer("threads", 0, Integer.MAX_VALUE, 0));
        fields.requireAllRead();
        return options;
    }

    private static EmbeddingOptions embedding(YamlFields fields) {
        List<Pooling> pooling = new ArrayList<>();
        for (String word : fields.words("pooling")) {
            pooling.add(YamlFields.constant("embedding.pooling", word, Pooling.values()));
        }
        EmbeddingOptions options = new EmbeddingOptions(
                pooling,
                fields.has("normalize") ? fields.flag("normalize", false) : null,
                fields.text("output"),
                fields.integer("max_batch_tokens", 1, Integer.MAX_VALUE, EmbeddingOptions.BATCH_TOKENS_MAX_DEFAULT));
        fields.requireAllRead();
        return options;
    }
}
