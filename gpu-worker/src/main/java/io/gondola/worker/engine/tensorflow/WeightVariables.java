package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.weights.FloatReader;
import io.gondola.worker.engine.weights.TensorEntry;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The weights of a decoder in its graph: matrices at the chosen precision, all else in single precision. */
final class WeightVariables {

    private final Variables variables;
    private final MatrixFormat matrices;
    private final WeightPlan plan;
    private final Map<String, float[][]> tables;

    /**
     * Declares them all.
     *
     * @param tables by name, [rows][width], not from the checkpoint
     * @param spill where matrices go that are hardly ever read; null keeps them in memory
     */
    WeightVariables(
            Ops tf,
            WeightPlan plan,
            Map<String, float[][]> tables,
            Precision precision,
            boolean tiedHead,
            @Nullable SpillFile spill) {
        this.variables = new Variables(tf);
        this.matrices = MatrixFormat.of(precision, tf, variables, tiedHead, spill);
        this.plan = plan;
        this.tables = tables;
        for (WeightSpec spec : plan.tensors().keySet()) {
            if (spec.isMatrix()) {
                matrices.declare(spec);
            } else {
                variables.declare(spec.name(), TFloat32.class, Shape.of(spec.shapeArray()));
            }
        }
        tables.forEach((name, rows) -> variables.declare(name, TFloat32.class, shape(rows)));
    }

    private static Shape shape(float[][] table) {
        return Shape.of(table.length, table[0].length);
    }

    /** Reads the weights. */
    Variables.Assignment read(LoadProgress progress) throws EngineException {
        Variables.Assignment values = variables.new Assignment();
        boolean done = false;
        try (FloatReader reader = new FloatReader()) {
            long doneBytes = 0;
            progress.onProgress(0, plan.fileBytes());
            for (Map.Entry<WeightSpec, List<TensorEntry>> entry : plan.tensors().entrySet()) {
                WeightSpec spec = entry.getKey();
                if (spec.isMatrix()) {
                    matrices.load(spec, new MatrixRows(reader, entry.getValue(), spec), values);
                } else {
                    loadFloats(reader, spec, entry.getValue(), values);
                }
                doneBytes += entry.getValue().stream()
                        .mapToLong(TensorEntry::sizeBytes)
                        .sum();
                progress.onProgress(doneBytes, plan.fileBytes());
            }
            tables.forEach((name, rows) -> loadTable(name, rows, values));
            done = true;
            return values;
        } finally {
            if (!done) {
                values.close();
            }
        }
    }

    private static void loadFloats(
            FloatReader reader, WeightSpec spec, List<TensorEntry> parts, Variables.Assignment target)
            throws EngineException {
        FloatDataBuffer[] rest = {
            target.add(spec.name(), TFloat32.class, Shape.of(spec.shapeArray()))
                    .asRawTensor()
                    .data()
                    .asFloats()
        };
        for (TensorEntry part : parts) {
            reader.read(part, (floats, count) -> {
                rest[0].write(floats, 0, count);
                rest[0] = rest[0].offset(count);
            });
        }
    }

    private static void loadTable(String name, float[][] rows, Variables.Assignment target) {
        FloatDataBuffer data = target.add(name, TFloat32.class, shape(rows))
                .asRawTensor()
                .data()
                .asFloats();
        for (int i = 0; i < rows.length; i++) {
            data.offset((long) i * rows[0].length).write(rows[i]);
        }
    }

    boolean has(String name) {
        return variables.has(name);
    }

    /** A weight that is no matrix, or a table. */
    Operand<TFloat32> get(String name) {
        return variables.get(name);
    }

    /** [rows, in] times a matrix: [rows, out]. @param x side by side */
    Operand<TFloat32> product(List<Operand<TFloat32>> x, String matrix) {
        return matrices.product(x, matrix);
    }

    /** See {@link MatrixFormat#widths}. */
    List<Integer> widths(String matrix) {
        return matrices.widths(matrix);
    }

    /** The same range by range, see {@link MatrixFormat#products}. */
    List<Operand<TFloat32>> products(Operand<TFloat32> x, String matrix) {
        return matrices.products(List.of(x), matrix);
    }

    /** Rows of the embedding, [indices, width]. */
    Operand<TFloat32> embedded(Operand<TInt32> indices) {
        return matrices.rows(indices);
    }
}
