package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An inference as the Open Inference Protocol asks for it.
 *
 * @param call what goes to the scheduler
 * @param id the client's own name for it, given back; null when it gave none
 * @param outputs how each output is wanted; empty gives all of them as {@code binaryByDefault} says
 * @param binaryByDefault whether outputs that say nothing come as binary data
 */
public record KserveCall(TensorCall call, @Nullable String id, List<OutputWish> outputs, boolean binaryByDefault) {

    private static final List<String> SEQUENCE_PARAMETERS = List.of("sequence_id", "sequence_start", "sequence_end");

    /**
     * How an output is wanted.
     *
     * @param name of it
     * @param isBinary whether as binary data
     * @param classes the largest so many as {@code value:index} in place of the tensor; 0 for the tensor
     */
    public record OutputWish(String name, boolean isBinary, int classes) {

        /** As its parameters say. */
        public static OutputWish of(String name, KserveParameters parameters, boolean binaryByDefault) {
            return new OutputWish(name, parameters.flag("binary_data", binaryByDefault), (int)
                    parameters.wholeNumber("classification", 1, Integer.MAX_VALUE, 0));
        }
    }

    public KserveCall {
        outputs = List.copyOf(outputs);
    }

    /**
     * A request whose tensors have been read, whichever form of the protocol it came in; throws a 400 for one that does not
     * fit its model.
     */
    public static KserveCall of(
            KserveTarget target,
            @Nullable String id,
            List<Tensor> inputs,
            List<OutputWish> outputs,
            KserveParameters parameters,
            boolean binaryByDefault) {
        for (String key : SEQUENCE_PARAMETERS) {
            if (parameters.has(key)) {
                // It would change the answer.
                throw ApiException.invalid(parameters.pathOf(key), "sequences are not supported");
            }
        }
        if (inputs.isEmpty()) {
            throw ApiException.invalid("inputs", "the request has no inputs");
        }
        TensorModel model = target.status().model();
        String signatureName = parameters.text("signature", "");
        Signature signature = model.trySignature(signatureName);
        if (signature == null) {
            throw ApiException.invalid(parameters.pathOf("signature"), "unknown signature '" + signatureName + "'");
        }
        List<String> names = outputs.stream().map(OutputWish::name).toList();
        SignatureRules.require(inputs, names, model, signature);
        int level = (int) parameters.wholeNumber("priority", 0, RequestClass.values().length, 0);
        TensorCall call = new TensorCall(
                model.name(),
                target.version(),
                signatureName,
                inputs,
                names,
                target.headers().requestClass(level, parameters.pathOf("priority")),
                target.headers().tenant(""),
                target.headers().tenantWeight(),
                target.timeoutNanos(),
                TimeUnit.MICROSECONDS.toNanos(parameters.wholeNumber("timeout", 0, Long.MAX_VALUE, 0)));
        return new KserveCall(call, id, outputs, binaryByDefault);
    }

    /**
     * The outputs, those as classes that are wanted so.
     *
     * @param isBatched whether their first dimension is a batch
     */
    public List<Tensor> outputsOf(InferenceResult result, boolean isBatched) {
        List<Tensor> outputs = new ArrayList<>();
        for (Tensor output : result.outputs()) {
            int classes = wishFor(output.name()).classes();
            outputs.add(classes > 0 ? Classification.of(output, classes, isBatched) : output);
        }
        return outputs;
    }

    /** How this output is to be given. */
    public OutputWish wishFor(String name) {
        for (OutputWish wish : outputs) {
            if (wish.name().equals(name)) {
                return wish;
            }
        }
        return new OutputWish(name, binaryByDefault, 0);
    }
}
