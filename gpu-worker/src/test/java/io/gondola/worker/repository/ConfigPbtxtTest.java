package io.gondola.worker.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.onnx.OnnxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Triton's settings of a model, as text and as JSON. */
class ConfigPbtxtTest {

    private static final long ANY = TensorSpec.ANY;

    @TempDir
    private Path directory;

    private ModelSettings settings(String pbtxt) throws IOException, RepositoryException {
        Files.createDirectories(directory.resolve("m"));
        Files.writeString(directory.resolve("m/config.pbtxt"), pbtxt);
        return new ModelRepository(directory).settings("m");
    }

    @Test
    void whatModelYamlKnowsMeansTheSame() throws IOException, RepositoryException {
        ModelSettings settings = settings("""
                # A comment, and fields that only concern how Triton computes.
                name: "m"
                platform: "onnxruntime_onnx"
                max_batch_size: 32
                input [ { name: "x", data_type: TYPE_FP32, dims: [ -1, 4 ] } ]
                output [
                  { name: "y" data_type: TYPE_STRING dims: 2 },
                  { name: "z", data_type: TYPE_INT64, dims: [] }
                ]
                version_policy: { specific { versions: 1, versions: 3 } }
                instance_group [ { count: 2 kind: KIND_CPU }, { kind: KIND_CPU } ]
                dynamic_batching {
                  preferred_batch_size: [ 16, 8 ]
                  max_queue_delay_microseconds: 500
                  preserve_ordering: true
                  priority_levels: 3
                  default_priority_level: 2
                  default_queue_policy {
                    timeout_action: DELAY
                    default_timeout_microseconds: 2000
                    allow_timeout_override: true
                    max_queue_size: 10
                  }
                  priority_queue_policy { key: 3 value: { max_queue_size: 3 } }
                }
                optimization {
                  graph: { level: 1 }
                  execution_accelerators { gpu_execution_accelerator: [ { name: "tensorrt" } ] }
                }
                parameters { key: "intra_op_thread_count" value: { string_value: "4" } }
                model_warmup [ { name: "w" batch_size: 1
                  inputs { key: "x" value: { data_type: TYPE_FP32 dims: [ 1, 4 ] zero_data: true } } } ]
                """);
        assertThat(settings.maxBatchSize()).isEqualTo(32);
        assertThat(settings.preferredBatchSizes()).containsExactly(8, 16);
        assertThat(settings.maxQueueDelayNanos()).isEqualTo(500_000);
        assertThat(settings.queuePolicies().get(RequestClass.STANDARD.ordinal()))
                .isEqualTo(new QueuePolicy(10, QueuePolicy.TimeoutAction.DELAY, 2_000_000, true));
        assertThat(settings.queuePolicies().get(RequestClass.BATCH.ordinal()))
                .isEqualTo(new QueuePolicy(3, QueuePolicy.TimeoutAction.REJECT, 0, false));
        assertThat(settings.instanceCount()).isEqualTo(3);
        assertThat(settings.versions().versions()).containsExactly(1L, 3L);
        assertThat(settings.onnx())
                .isEqualTo(new OnnxOptions(
                        List.of(OnnxOptions.Provider.TENSORRT, OnnxOptions.Provider.CPU),
                        OnnxOptions.Optimization.ALL,
                        4));
        assertThat(settings.declared())
                .isEqualTo(new DeclaredModel(
                        "onnxruntime_onnx",
                        settings.declared().inputs(),
                        settings.declared().outputs(),
                        true));
        assertThat(settings.declared().inputs())
                .containsExactly(new TensorSpec("x", Datatype.FP32, new long[] {ANY, 4}));
        assertThat(settings.declared().outputs())
                .containsExactly(
                        new TensorSpec("y", Datatype.BYTES, new long[] {2}),
                        new TensorSpec("z", Datatype.INT64, new long[0]));
    }

    @Test
    void whereNothingIsSaidTheModelDecides() throws IOException, RepositoryException {
        ModelSettings settings = settings("backend: \"tensorflow\"");
        assertThat(settings.maxBatchSize()).isNull();
        assertThat(settings.instanceCount()).isOne();
        assertThat(settings.versions()).isEqualTo(VersionPolicy.LATEST);
        assertThat(settings.maxQueueDelayNanos()).isZero();
        assertThat(settings.declared().platform()).isEqualTo("tensorflow_savedmodel");
        assertThat(settings("max_batch_size: 0").maxBatchSize()).isZero();
        assertThat(settings("version_policy { all { } }").versions()).isEqualTo(VersionPolicy.ALL);
        assertThat(settings("version_policy { latest { num_versions: 2 } }")
                        .versions()
                        .latest())
                .isEqualTo(2);
    }

    @Test
    void whatWouldChangeAnswersAndIsNotSupportedIsNamed() {
        String[][] cases = {
            {"sequence_batching { max_sequence_idle_microseconds: 5 }", "sequence_batching is not supported"},
            {"ensemble_scheduling { step [ { model_name: \"a\" model_version: -1 } ] }", "ensemble_scheduling is not"},
            {"input { name: \"x\" data_type: TYPE_FP32 reshape { shape: [ 1 ] } }", "input 'x' reshape is not"},
            {"input { name: \"x\" data_type: TYPE_FP32 optional: true }", "input 'x' optional is not"},
            {"input { name: \"x\" data_type: TYPE_FP32 allow_ragged_batch: true }", "allow_ragged_batch is not"},
            {"input { name: \"x\" }", "input 'x': data_type is missing"},
            {"output { name: \"y\" data_type: TYPE_FP32 label_filename: \"l.txt\" }", "label_filename is not"},
            {"model_transaction_policy { decoupled: true }", "model_transaction_policy.decoupled is not"},
            {"batch_input [ { kind: BATCH_ELEMENT_COUNT target_name: \"n\" } ]", "batch_input is not"},
            {"parameters { key: \"TF_SIGNATURE_DEF\" value: { string_value: \"other\" } }", "TF_SIGNATURE_DEF is not"},
            {"platform: \"pytorch_libtorch\"", "platform: expected one of"},
            {"backend: \"python\"", "backend: expected one of"},
            {"name: \"n\"", "name: is not that of the directory"},
            {"default_model_filename: \"other.onnx\"", "default_model_filename"},
            {"max_batch_size: -1", "max_batch_size"},
            {"instance_group [ { gpus: [ 1 ] } ]", "instance_group.gpus"},
            {"dynamic_batching { priority_levels: 4 }", "priority_levels"},
            {"dynamic_batching { default_priority_level: 1 }", "default_priority_level"},
            {
                "optimization { execution_accelerators { cpu_execution_accelerator [ { name: \"openvino\" } ] } }",
                "openvino"
            },
            {"max_batchsize: 3", "1:1"},
            {"max_batchsize: 3", "max_batchsize"},
            {"dynamic_batching {\n  delay: 3 }", "2:3"},
            {"max_batch_size: many", "1:17"},
        };
        for (String[] each : cases) {
            assertThatExceptionOfType(RepositoryException.class)
                    .as(each[0])
                    .isThrownBy(() -> settings(each[0]))
                    .withMessageContaining("config.pbtxt")
                    .withMessageContaining(each[1]);
        }
    }

    @Test
    void twoFilesAtOnceAreOneTooMany() throws IOException {
        Files.createDirectories(directory.resolve("m"));
        Files.writeString(directory.resolve("m/model.yaml"), "");
        assertThatExceptionOfType(RepositoryException.class)
                .isThrownBy(() -> settings(""))
                .withMessageContaining("model.yaml")
                .withMessageContaining("config.pbtxt");
    }

    @Test
    void aLoadMayBringTritonsJson() throws RepositoryException {
        ModelSettings settings = ModelSettings.parse(
                "m",
                "{\"backend\": \"onnxruntime\", \"max_batch_size\": 4, \"instance_group\": [{\"count\": 2}],"
                        + " \"version_policy\": {\"specific\": {\"versions\": [\"1\", 2]}},"
                        + " \"dynamic_batching\": {\"max_queue_delay_microseconds\": \"7\"}}");
        assertThat(settings.maxBatchSize()).isEqualTo(4);
        assertThat(settings.instanceCount()).isEqualTo(2);
        assertThat(settings.versions().versions()).containsExactly(1L, 2L);
        assertThat(settings.maxQueueDelayNanos()).isEqualTo(7_000);
        assertThat(ModelSettings.parse("m", "{\"max_batch_size\": 4}").maxQueueDelayNanos())
                .as("in the form of model.yaml")
                .isEqualTo(2_000_000);
        assertThatExceptionOfType(RepositoryException.class)
                .isThrownBy(() -> ModelSettings.parse("m", "{\"backend\": \"onnxruntime\", \"max_batch\": 4}"))
                .withMessageContaining("max_batch");
    }

    private static Signature model() {
        return new Signature(
                "serving_default",
                List.of(new TensorSpec("x", Datatype.FP32, new long[] {ANY, ANY})),
                List.of(
                        new TensorSpec("y", Datatype.FP32, new long[] {ANY, 2}),
                        new TensorSpec("z", Datatype.BYTES, new long[] {ANY})));
    }

    @Test
    void whatIsDeclaredIsOffered() throws Exception {
        DeclaredModel declared = settings("max_batch_size: 8 input { name: \"x\" data_type: TYPE_FP32 dims: 4 }"
                        + " output { name: \"z\" data_type: TYPE_STRING dims: [] }")
                .declared();
        Signature offered =
                declared.offered("onnxruntime_onnx", List.of(model()), null).get(0);
        assertThat(offered.inputs()).containsExactly(new TensorSpec("x", Datatype.FP32, new long[] {ANY, 4}));
        assertThat(offered.outputs()).containsExactly(model().outputs().get(1));
        assertThat(declared.offered("", List.of(model()), model().outputs().get(0))
                        .get(0)
                        .outputs())
                .hasSize(2);
        assertThat(DeclaredModel.NONE.offered("", List.of(model()), null)).containsExactly(model());
    }

    @Test
    void whatTheModelIsNotIsNamed() throws Exception {
        String[][] cases = {
            {"platform: \"tensorflow_savedmodel\"", "platform is tensorflow_savedmodel"},
            {"max_batch_size: 8 input { name: \"q\" data_type: TYPE_FP32 dims: 4 }", "input 'q' is none"},
            {"max_batch_size: 8 input { name: \"x\" data_type: TYPE_INT32 dims: 4 }", "data_type is TYPE_INT32"},
            {"max_batch_size: 8 input { name: \"x\" data_type: TYPE_FP32 dims: [ 4, 4 ] }", "dims are [4, 4] behind"},
            {"input { name: \"x\" data_type: TYPE_FP32 dims: 4 }", "dims are [4], and the model has [-1, -1]"},
            {"max_batch_size: 8 output { name: \"y\" data_type: TYPE_FP32 dims: 3 }", "output 'y': dims are [3]"},
        };
        for (String[] each : cases) {
            DeclaredModel declared = settings(each[0]).declared();
            assertThatExceptionOfType(EngineException.class)
                    .as(each[0])
                    .isThrownBy(() -> declared.offered("onnxruntime_onnx", List.of(model()), null))
                    .withMessageContaining(each[1]);
        }
    }
}
