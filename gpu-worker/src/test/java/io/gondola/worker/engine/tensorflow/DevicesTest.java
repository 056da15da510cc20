package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gondola.worker.engine.Device;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Precision;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.KernelDef;
import org.tensorflow.proto.KernelList;
import org.tensorflow.proto.NodeDef;

class DevicesTest {

    private static final Device GPU = new Device(Device.Kind.GPU, 0);
    private static final String CUDA_NATIVES = "/org/tensorflow/internal/c_api/linux-x86_64-gpu/libtensorflow_cc.so.2";

    /** What TensorFlow registers a kernel for: some, of small numbers that stay in the host's memory, for any device. */
    private static final Set<String> ANY_OR_GPU = Set.of("DEFAULT", "GPU");

    private static boolean isGpuBuild() {
        return DevicesTest.class.getResource(CUDA_NATIVES) != null;
    }

    @Test
    void bytesAreForTheProcessor() throws EngineException {
        assertThat(Devices.resolve(Device.AUTO, Precision.INT8, "m")).isEqualTo(Device.CPU);
        assertThatThrownBy(() -> Devices.resolve(GPU, Precision.INT8, "m"))
                .isInstanceOf(EngineException.class)
                .hasMessage("m: int8 is multiplied by the processor only; on a GPU take bf16 or f32");
    }

    @Test
    void aGpuThatIsNotThereIsSaid() throws EngineException {
        assumeTrue(Devices.gpus(GPU).isEmpty(), "this machine has a GPU");
        assertThat(Devices.resolve(Device.AUTO, Precision.BF16, "m")).isEqualTo(Device.CPU);
        assertThat(Devices.resolve(Device.CPU, Precision.BF16, "m")).isEqualTo(Device.CPU);
        assertThat(Devices.memory(GPU).bytes()).isZero();
        assertThat(Devices.memory(Device.CPU).bytes()).isPositive();
        assertThatThrownBy(() -> Devices.resolve(new Device(Device.Kind.GPU, 1), Precision.BF16, "m"))
                .isInstanceOf(EngineException.class)
                .hasMessageStartingWith("m: there is no GPU 1 that TensorFlow can use; this needs a build with -Pgpu");
    }

    /** Run by hand, with -Pgpu; needs no GPU. Whatever has no kernel there would be computed by the processor. */
    @ParameterizedTest
    @CsvSource({"tiny-gpt2, F32", "tiny-gpt2, BF16", "tiny-qwen3, F32", "tiny-qwen3, BF16"})
    void everyOperationHasAKernelForGpus(String model, Precision precision) throws EngineException {
        assumeTrue(isGpuBuild(), "TensorFlow's libraries for CUDA are not on the class path");
        TreeMap<String, Set<String>> without = new TreeMap<>();
        try (TensorFlowEngine engine = ReferenceCases.load(model, 1, precision)) {
            List<NodeDef> nodes = engine.decoder().graphDef().getNodeList();
            for (NodeDef node : nodes) {
                if (kernels(node.getOp()).getKernelList().stream().noneMatch(kernel -> fits(kernel, node))) {
                    without.computeIfAbsent(node.getOp(), op -> new TreeSet<>()).add(types(node));
                }
            }
        }
        assertThat(without).isEmpty();
    }

    private static String types(NodeDef node) {
        TreeMap<String, String> types = new TreeMap<>();
        node.getAttrMap().forEach((name, value) -> {
            if (value.getValueCase() == AttrValue.ValueCase.TYPE) {
                types.put(name, value.getType().name());
            }
        });
        return types.toString();
    }

    private static boolean fits(KernelDef kernel, NodeDef node) {
        return ANY_OR_GPU.contains(kernel.getDeviceType())
                && kernel.getConstraintList().stream().allMatch(constraint -> constraint
                        .getAllowedValues()
                        .getList()
                        .getTypeList()
                        .contains(node.getAttrOrThrow(constraint.getName()).getType()));
    }

    private static KernelList kernels(String op) {
        try (PointerScope scope = new PointerScope();
                TF_Status status = TF_Status.newStatus()) {
            TF_Buffer buffer = tensorflow.TF_GetRegisteredKernelsForOp(op, status);
            byte[] bytes = new byte[(int) buffer.length()];
            new BytePointer(buffer.data()).get(bytes);
            tensorflow.TF_DeleteBuffer(buffer);
            return KernelList.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(op + ": what TensorFlow says of its kernels cannot be read", e);
        }
    }
}
