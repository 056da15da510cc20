package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.AvailableMemory;
import io.gondola.worker.engine.Device;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.Precision;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.internal.c_api.TF_DeviceList;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;

/**
 * Which device a session computes on. There is one graph for all: TensorFlow places an operation on the GPU where it has a
 * kernel for it there, and what it has none for on the processor. The KV cache lies where its operations are.
 */
final class Devices {

    private static final Logger LOG = LoggerFactory.getLogger(Devices.class);

    private static final String GPU = "GPU";

    static {
        // Otherwise the first session of the process says for all how many threads share an operation.
        NativeEnvironment.set("TF_OVERRIDE_GLOBAL_THREADPOOL", "1");
    }

    private Devices() {}

    /** As {@link #resolve}, said in one line of the log. */
    static Device resolveAloud(Device device, Precision precision, String model) throws EngineException {
        Device resolved = resolve(device, precision, model);
        gpus(resolved).forEach(gpu -> LOG.info("{}: computes on {}", model, gpu.name()));
        return resolved;
    }

    /** What {@code auto} means on this machine; an error where a GPU is asked for in vain. */
    static Device resolve(Device device, Precision precision, String model) throws EngineException {
        if (device.kind() == Device.Kind.CPU) {
            return device;
        }
        boolean asked = device.kind() == Device.Kind.GPU;
        Device gpu = new Device(Device.Kind.GPU, device.index());
        if (precision == Precision.INT8) {
            if (asked) {
                throw new EngineException(
                        model + ": int8 is multiplied by the processor only; on a GPU take bf16 or f32");
            }
            return Device.CPU;
        }
        if (gpus(gpu).isEmpty()) {
            if (asked) {
                throw new EngineException(model + ": there is no GPU " + device.index()
                        + " that TensorFlow can use; this needs a build with -Pgpu, a driver and CUDA's libraries");
            }
            return Device.CPU;
        }
        return gpu;
    }

    /** In how many lanes a step is computed: on a GPU, whose operations wait for each other anyway, in one. */
    static int lanes(int threads, Device device) {
        return device.kind() == Device.Kind.CPU ? Math.min(processors(threads), BlockPool.LANES_MAX) : 1;
    }

    /** How many threads share an operation of a decoder: one where each lane has a thread, otherwise all. */
    static int threadsOfOperation(int threads, Device device) {
        int all = processors(threads);
        return lanes(threads, device) == all ? 1 : all;
    }

    /** 0 takes all processors. */
    static int processors(int threads) {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /** How a decoder's session computes: where each lane has a thread, all of them help a lane that runs alone. */
    static ConfigProto config(EngineOptions options) {
        int threads = threadsOfOperation(options.threads(), options.device());
        return config(threads, options.device()).toBuilder()
                .setInterOpParallelismThreads(threads == 1 ? lanes(options.threads(), options.device()) : 1)
                .build();
    }

    /** How a session computes: operations one after the other, since a decoder is a chain, each shared by these threads. */
    static ConfigProto config(int threads, Device device) {
        ConfigProto.Builder config = ConfigProto.newBuilder()
                .setInterOpParallelismThreads(1)
                .setIntraOpParallelismThreads(threads)
                .setUsePerSessionThreads(true);
        if (device.kind() == Device.Kind.CPU) {
            return config.putDeviceCount(GPU, 0).build();
        }
        return config.setAllowSoftPlacement(true)
                .setGpuOptions(GPUOptions.newBuilder()
                        // Otherwise TensorFlow takes all memory at once, and a second process gets none.
                        .setAllowGrowth(true)
                        .setVisibleDeviceList(String.valueOf(device.index())))
                .build();
    }

    /**
     * A GPU.
     *
     * @param name TensorFlow's
     * @param memoryBytes that TensorFlow may take of its memory: what was free when it first looked, less a reserve
     */
    record Gpu(String name, long memoryBytes) {}

    /** What weights and KV cache of a model on this device, a resolved one, may take. */
    static AvailableMemory memory(Device device) {
        return device.kind() == Device.Kind.CPU
                ? AvailableMemory.ofThisProcess()
                : AvailableMemory.ofGpu(
                        device.index(),
                        gpus(device).stream().mapToLong(Gpu::memoryBytes).sum());
    }

    /** The GPUs that a session with this one may place operations on: it, or none. */
    static List<Gpu> gpus(Device device) {
        if (device.kind() == Device.Kind.CPU) {
            return List.of();
        }
        byte[] config = config(1, device).toByteArray();
        try (PointerScope scope = new PointerScope();
                TF_Status status = TF_Status.newStatus();
                BytePointer bytes = new BytePointer(config)) {
            TF_Graph graph = tensorflow.TF_NewGraph();
            TF_SessionOptions options = tensorflow.TF_NewSessionOptions();
            try {
                tensorflow.TF_SetConfig(options, bytes, config.length, status);
                TF_Session session = tensorflow.TF_NewSession(graph, options, status);
                if (tensorflow.TF_GetCode(status) != tensorflow.TF_OK) {
                    return List.of(); // A GPU of this number is not there.
                }
                List<Gpu> found = gpus(session, status);
                tensorflow.TF_DeleteSession(session, status);
                return found;
            } finally {
                tensorflow.TF_DeleteSessionOptions(options);
                tensorflow.TF_DeleteGraph(graph);
            }
        }
    }

    private static List<Gpu> gpus(TF_Session session, TF_Status status) {
        TF_DeviceList devices = tensorflow.TF_SessionListDevices(session, status);
        List<Gpu> found = new ArrayList<>();
        for (int i = 0; i < tensorflow.TF_DeviceListCount(devices); i++) {
            if (tensorflow.TF_DeviceListType(devices, i, status).getString().equals(GPU)) {
                found.add(new Gpu(
                        tensorflow.TF_DeviceListName(devices, i, status).getString(),
                        tensorflow.TF_DeviceListMemoryBytes(devices, i, status)));
            }
        }
        tensorflow.TF_DeleteDeviceList(devices);
        return found;
    }
}
