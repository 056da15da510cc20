package io.gondola.worker.engine.tensorflow;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Matrices that are multiplied with in one piece: their ranges are cut out of the product. */
abstract class WholeMatrices implements MatrixFormat {

    final Ops tf;
    final Variables variables;
    private final Map<String, List<Integer>> widths = new HashMap<>();

    WholeMatrices(Ops tf, Variables variables) {
        this.tf = tf;
        this.variables = variables;
    }

    @Override
    public void declare(WeightSpec spec) {
        widths.put(spec.name(), spec.widths());
    }

    @Override
    public List<Integer> widths(String name) {
        return Objects.requireNonNull(widths.get(name), name);
    }

    @Override
    public List<Operand<TFloat32>> products(List<Operand<TFloat32>> x, String name) {
        return MatrixFormat.divided(tf, product(x, name), widths(name));
    }
}
