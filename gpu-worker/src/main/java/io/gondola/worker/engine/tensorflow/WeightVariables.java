package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.weights.FloatReader;
import io.gondola.worker.engine.weights.TensorEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.AssignVariableOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * The weights as variables of the graph. Resource variables, because assigning one takes the fed tensor's memory over
 * instead of copying it, and reading one that is never written again copies nothing.
 */
final class WeightVariables {

    private static final class Slot {
        final Placeholder<TFloat32> value;
        final AssignVariableOp assign;
        final Operand<TFloat32> read;
        final boolean outputFirst;

        Slot(Ops tf, String name, Shape shape, boolean outputFirst) {
            VarHandleOp handle = tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
            this.value = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
            this.assign = tf.assignVariableOp(handle, value);
            this.read = tf.readVariableOp(handle, TFloat32.class);
            this.outputFirst = outputFirst;
        }
    }

    private final Map<String, Slot> slots = new HashMap<>();

    /** Declares the variables, reads the weights and assigns them. The graph should hold little else yet. */
    static WeightVariables load(
            Ops tf, Session session, WeightPlan plan, Map<String, float[][]> tables, LoadProgress progress)
            throws EngineException {
        WeightVariables variables = new WeightVariables();
        List<Tensor> tensors = new ArrayList<>();
        try (FloatReader reader = new FloatReader()) {
            Session.Runner runner = session.runner();
            long doneBytes = 0;
            progress.onProgress(0, plan.fileBytes());
            for (Map.Entry<WeightSpec, List<TensorEntry>> entry : plan.tensors().entrySet()) {
                WeightSpec spec = entry.getKey();
                TFloat32 tensor = Tensor.of(TFloat32.class, Shape.of(spec.shapeArray()));
                tensors.add(tensor);
                variables.declare(tf, runner, spec.name(), tensor, spec.outputFirst());
                FloatDataBuffer target = tensor.asRawTensor().data().asFloats();
                for (TensorEntry part : entry.getValue()) {
                    target = copy(reader, part, target);
                    doneBytes += part.sizeBytes();
                    progress.onProgress(doneBytes, plan.fileBytes());
                }
            }
            for (Map.Entry<String, float[][]> table : tables.entrySet()) {
                TFloat32 tensor = tensorOf(table.getValue());
                tensors.add(tensor);
                variables.declare(tf, runner, table.getKey(), tensor, false);
            }
            runner.run().close();
        } finally {
            tensors.forEach(Tensor::close);
        }
        return variables;
    }

    private static FloatDataBuffer copy(FloatReader reader, TensorEntry part, FloatDataBuffer target)
            throws EngineException {
        FloatDataBuffer[] rest = {target};
        reader.read(part, (floats, count) -> {
            rest[0].write(floats, 0, count);
            rest[0] = rest[0].offset(count);
        });
        return rest[0];
    }

    private static TFloat32 tensorOf(float[][] rows) {
        TFloat32 tensor = Tensor.of(TFloat32.class, Shape.of(rows.length, rows[0].length));
        FloatDataBuffer target = tensor.asRawTensor().data().asFloats();
        for (int i = 0; i < rows.length; i++) {
            target.offset((long) i * rows[0].length).write(rows[i]);
        }
        return tensor;
    }

    private void declare(Ops tf, Session.Runner runner, String name, TFloat32 tensor, boolean outputFirst) {
        Slot slot = new Slot(tf, name, tensor.shape(), outputFirst);
        slots.put(name, slot);
        runner.feed(slot.value, tensor).addTarget(slot.assign);
    }

    boolean has(String name) {
        return slots.containsKey(name);
    }

    Operand<TFloat32> get(String name) {
        return slot(name).read;
    }

    boolean isOutputFirst(String name) {
        return slot(name).outputFirst;
    }

    private Slot slot(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalStateException("no weight " + name);
        }
        return slot;
    }
}
