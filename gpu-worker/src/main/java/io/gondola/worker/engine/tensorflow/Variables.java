package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.family.TType;

/**
 * Variables of the graph that are assigned once. Resource variables, because assigning one takes the fed tensor's memory
 * over instead of copying it, and reading one that is never written again copies nothing.
 */
final class Variables {

    private record Variable(Placeholder<? extends TType> value, Op assign, Operand<? extends TType> read) {}

    private final Ops tf;
    private final Map<String, Variable> variables = new LinkedHashMap<>();

    Variables(Ops tf) {
        this.tf = tf;
    }

    <T extends TType> void declare(String name, Class<T> type, Shape shape) {
        VarHandleOp handle = tf.varHandleOp(type, shape, VarHandleOp.sharedName(name));
        Placeholder<T> value = tf.placeholder(type, Placeholder.shape(shape));
        variables.put(name, new Variable(value, tf.assignVariableOp(handle, value), tf.readVariableOp(handle, type)));
    }

    boolean has(String name) {
        return variables.containsKey(name);
    }

    /** Its value; the type is the one it was declared with. */
    @SuppressWarnings("unchecked")
    <T extends TType> Operand<T> get(String name) {
        return (Operand<T>) variable(name).read();
    }

    private Variable variable(String name) {
        Variable variable = variables.get(name);
        if (variable == null) {
            throw new IllegalStateException("no variable " + name);
        }
        return variable;
    }

    /** Values that are collected, and then assigned in one run. Owns their tensors. */
    final class Assignment implements AutoCloseable {
        private final Session.Runner runner;
        private final List<Tensor> tensors = new ArrayList<>();

        Assignment(Session session) {
            this.runner = session.runner();
        }

        /** A tensor to be filled, in native memory, not zeroed; the variable takes it over. */
        <T extends TType> T add(String name, Class<T> type, Shape shape) {
            T tensor = Tensor.of(type, shape);
            tensors.add(tensor);
            runner.feed(GraphNames.of(variable(name).value()), tensor)
                    .addTarget(GraphNames.of(variable(name).assign()));
            return tensor;
        }

        void run() {
            runner.run().close();
        }

        @Override
        public void close() {
            tensors.forEach(Tensor::close);
        }
    }
}
