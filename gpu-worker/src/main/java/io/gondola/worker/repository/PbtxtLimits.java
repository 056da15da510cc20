package io.gondola.worker.repository;

import java.util.Map;
import triton.Input;
import triton.InstanceGroup;
import triton.ModelConfig;
import triton.Optimization;
import triton.Output;
import triton.Parameter;

/** What may stand in a {@code config.pbtxt}, would change the answers of the model, and is not to be had here. */
final class PbtxtLimits {

    /** What parameters of backends may say: what holds here anyway. */
    private static final Map<String, String> PARAMETERS =
            Map.of("TF_SIGNATURE_DEF", "serving_default", "TF_GRAPH_TAG", "serve");

    private PbtxtLimits() {}

    /** Throws an IllegalArgumentException that names what is not supported. */
    static void requireSupported(ModelConfig config) {
        refuse(config.hasSequenceBatching(), "sequence_batching");
        refuse(config.hasEnsembleScheduling(), "ensemble_scheduling");
        refuse(config.getBatchInputCount() > 0, "batch_input");
        refuse(config.getBatchOutputCount() > 0, "batch_output");
        refuse(config.getModelTransactionPolicy().getDecoupled(), "model_transaction_policy.decoupled");
        refuse(config.getModelOperations().getOpLibraryFilenameCount() > 0, "model_operations");
        refuse(config.getModelRepositoryAgents().getAgentsCount() > 0, "model_repository_agents");
        refuse(config.getCcModelFilenamesCount() > 0, "cc_model_filenames");
        config.getInputList().forEach(PbtxtLimits::requireSupported);
        config.getOutputList().forEach(PbtxtLimits::requireSupported);
        config.getInstanceGroupList().forEach(PbtxtLimits::requireSupported);
        Optimization.ExecutionAccelerators accelerators =
                config.getOptimization().getExecutionAccelerators();
        for (Optimization.Accelerator accelerator : accelerators.getGpuExecutionAcceleratorList()) {
            refuse(
                    !accelerator.getName().equals("tensorrt"),
                    "optimization.execution_accelerators.gpu_execution_accelerator " + accelerator.getName());
        }
        for (Optimization.Accelerator accelerator : accelerators.getCpuExecutionAcceleratorList()) {
            refuse(true, "optimization.execution_accelerators.cpu_execution_accelerator " + accelerator.getName());
        }
        PARAMETERS.forEach((key, value) -> {
            Parameter given = config.getParametersMap().get(key);
            refuse(given != null && !given.getStringValue().equals(value), "parameters." + key);
        });
    }

    private static void requireSupported(Input input) {
        String field = "input '" + input.getName() + "' ";
        refuse(input.hasReshape(), field + "reshape");
        refuse(input.getIsShapeTensor(), field + "is_shape_tensor");
        refuse(input.getAllowRaggedBatch(), field + "allow_ragged_batch");
        refuse(input.getOptional(), field + "optional");
        refuse(input.getIsNonLinearFormatIo(), field + "is_non_linear_format_io");
    }

    private static void requireSupported(Output output) {
        String field = "output '" + output.getName() + "' ";
        refuse(output.hasReshape(), field + "reshape");
        refuse(!output.getLabelFilename().isEmpty(), field + "label_filename");
        refuse(output.getIsShapeTensor(), field + "is_shape_tensor");
        refuse(output.getIsNonLinearFormatIo(), field + "is_non_linear_format_io");
    }

    private static void requireSupported(InstanceGroup group) {
        refuse(group.getPassive(), "instance_group.passive");
        refuse(group.getProfileCount() > 0, "instance_group.profile");
        refuse(group.getSecondaryDevicesCount() > 0, "instance_group.secondary_devices");
        refuse(group.getGpusList().stream().anyMatch(gpu -> gpu != 0), "instance_group.gpus other than 0");
    }

    private static void refuse(boolean isThere, String field) {
        if (isThere) {
            throw new IllegalArgumentException(field + " is not supported");
        }
    }
}
