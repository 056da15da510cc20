package io.gondola.worker.engine.tensorflow;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.family.TType;

/**
 * Weights of the graph, given once, before it runs. Matrices are resource variables, because assigning one takes the fed
 * tensor's memory over instead of copying it, and reading one that is never written again copies nothing. Vectors are
 * constants, which a step need not read: of its operations these reads were a third. The graph that Java builds has
 * placeholders for them.
 */
final class Variables {

    /** @param assign null for a constant */
    private record Variable(
            Placeholder<? extends TType> value, @Nullable Op assign, Operand<? extends TType> read) {}

    private final Ops tf;
    private final Map<String, Variable> variables = new LinkedHashMap<>();

    Variables(Ops tf) {
        this.tf = tf;
    }

    <T extends TType> void declare(String name, Class<T> type, Shape shape) {
        Placeholder<T> value = tf.placeholder(type, Placeholder.shape(shape));
        if (shape.numDimensions() == 1) {
            variables.put(name, new Variable(value, null, value));
            return;
        }
        VarHandleOp handle = tf.varHandleOp(type, shape, VarHandleOp.sharedName(name));
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

    /** Values that are collected; then those of constants are put into the graph, the others assigned in one run. Owns them. */
    final class Assignment implements AutoCloseable {
        private final Map<String, TType> tensors = new LinkedHashMap<>();

        /** A tensor to be filled, in native memory, not zeroed; the variable takes it over. */
        <T extends TType> T add(String name, Class<T> type, Shape shape) {
            T tensor = Tensor.of(type, shape);
            tensors.put(name, tensor);
            return tensor;
        }

        /** The same graph with its constants in the place of their placeholders. */
        GraphDef withConstants(GraphDef graph) {
            Map<String, TType> byNode = new HashMap<>();
            tensors.forEach((name, tensor) -> {
                if (variable(name).assign() == null) {
                    byNode.put(GraphNames.of((Op) variable(name).value()), tensor);
                }
            });
            GraphDef.Builder filled = graph.toBuilder().clearNode();
            for (NodeDef node : graph.getNodeList()) {
                TType value = byNode.get(node.getName());
                filled.addNode(value == null ? node : ConstantNodes.of(node.getName(), value));
            }
            return filled.build();
        }

        void run(Session session) {
            Session.Runner runner = session.runner();
            tensors.forEach((name, tensor) -> {
                Variable variable = variable(name);
                if (variable.assign() != null) {
                    runner.feed(GraphNames.of((Operand<?>) variable.value()), tensor)
                            .addTarget(GraphNames.of(variable.assign()));
                }
            });
            runner.run().close();
        }

        @Override
        public void close() {
            tensors.values().forEach(Tensor::close);
        }
    }
}
