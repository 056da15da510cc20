package io.gondola.worker.repository;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code config.pbtxt} says that a model is. It must be so; and where it says less than the model, as of outputs that
 * nobody needs or of sizes, the rest is not offered.
 *
 * @param platform by Triton's name; empty where it says nothing
 * @param inputs all there are, or none where it says nothing
 * @param outputs those that are offered, or none where it says nothing
 * @param hasBatchDimension whether the shapes are those behind a batch dimension
 */
public record DeclaredModel(
        String platform, List<TensorSpec> inputs, List<TensorSpec> outputs, boolean hasBatchDimension) {

    /** Where nothing is said. */
    public static final DeclaredModel NONE = new DeclaredModel("", List.of(), List.of(), false);

    public DeclaredModel {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /**
     * The signatures that are offered: the default one as it is declared, and the others as they are.
     *
     * @param loadedPlatform what really computes it
     * @param always an output that is offered in any case; null for none
     * @throws EngineException where the model is another
     */
    public List<Signature> offered(String loadedPlatform, List<Signature> signatures, @Nullable TensorSpec always)
            throws EngineException {
        if (!platform.isEmpty() && !platform.equals(loadedPlatform)) {
            throw new EngineException("platform is " + platform + ", and the files are of " + loadedPlatform);
        }
        Signature own = signatures.get(0);
        List<TensorSpec> offeredInputs = inputs.isEmpty() ? own.inputs() : narrowed("input", inputs, own.inputs());
        if (offeredInputs.size() != own.inputs().size()) {
            throw new EngineException("input names " + names(inputs) + ", and the model has " + own.inputs());
        }
        List<TensorSpec> offeredOutputs =
                outputs.isEmpty() ? new ArrayList<>(own.outputs()) : narrowed("output", outputs, own.outputs());
        if (always != null && tryNamed(always.name(), offeredOutputs) == null) {
            offeredOutputs.add(always);
        }
        List<Signature> offered = new ArrayList<>(signatures);
        offered.set(0, new Signature(own.name(), offeredInputs, offeredOutputs));
        return offered;
    }

    private static List<String> names(List<TensorSpec> specs) {
        return specs.stream().map(TensorSpec::name).toList();
    }

    private List<TensorSpec> narrowed(String field, List<TensorSpec> declared, List<TensorSpec> own)
            throws EngineException {
        List<TensorSpec> narrowed = new ArrayList<>();
        for (TensorSpec spec : declared) {
            TensorSpec real = tryNamed(spec.name(), own);
            if (real == null) {
                throw new EngineException(field + " '" + spec.name() + "' is none of the model's: " + own);
            }
            if (real.datatype() != spec.datatype()) {
                throw new EngineException(field + " '" + spec.name() + "': data_type is " + wordOf(spec.datatype())
                        + ", and the model has " + wordOf(real.datatype()));
            }
            narrowed.add(new TensorSpec(spec.name(), spec.datatype(), shapeOf(field, spec, real)));
        }
        return narrowed;
    }

    private static @Nullable TensorSpec tryNamed(String name, List<TensorSpec> specs) {
        for (TensorSpec spec : specs) {
            if (spec.name().equals(name)) {
                return spec;
            }
        }
        return null;
    }

    /** The stricter of both, dimension by dimension. */
    private long[] shapeOf(String field, TensorSpec spec, TensorSpec real) throws EngineException {
        int before = hasBatchDimension ? 1 : 0;
        long[] shape = real.shape().clone();
        boolean fits = spec.shape().length + before == shape.length;
        for (int i = before; fits && i < shape.length; i++) {
            long wanted = spec.shape()[i - before];
            fits = wanted == TensorSpec.ANY || shape[i] == TensorSpec.ANY || wanted == shape[i];
            shape[i] = wanted == TensorSpec.ANY ? shape[i] : wanted;
        }
        if (!fits) {
            throw new EngineException(field + " '" + spec.name() + "': dims are " + Arrays.toString(spec.shape())
                    + (hasBatchDimension ? " behind the batch" : "") + ", and the model has "
                    + Arrays.toString(real.shape()));
        }
        return shape;
    }

    private static String wordOf(Datatype datatype) {
        return datatype == Datatype.BYTES ? "TYPE_STRING" : "TYPE_" + datatype;
    }
}
