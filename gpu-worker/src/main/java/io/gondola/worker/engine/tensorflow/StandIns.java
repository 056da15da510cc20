package io.gondola.worker.engine.tensorflow;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/**
 * Operations whose names begin with an underscore: TensorFlow Java builds none. Such a one stands in the graph that Java
 * builds as a {@code PyFunc}, an operation of any inputs and outputs that is never run; {@link #expand} puts the real nodes
 * in its place on the way to the session.
 */
final class StandIns {

    private static final String OP = "PyFunc";
    private static final String TOKEN = "token";

    private StandIns() {}

    /**
     * An operation that gives one tensor in single precision.
     *
     * @param token which says what it stands for
     * @param types of the inputs
     */
    static Operand<TFloat32> of(Ops tf, String name, String token, DataType[] types, Operand<?>... inputs) {
        return tf.scope()
                .opBuilder(OP, tf.scope().makeOpName(name))
                .addInputList(Arrays.stream(inputs).map(Operand::asOutput).toArray(Output<?>[]::new))
                .setAttr(TOKEN, token)
                .setAttr("Tin", types)
                .setAttr("Tout", new DataType[] {DataType.DT_FLOAT})
                .build()
                .output(0);
    }

    /** The same graph with real nodes. */
    static GraphDef expand(GraphDef graph) {
        GraphDef.Builder expanded = graph.toBuilder().clearNode();
        for (NodeDef node : graph.getNodeList()) {
            expanded.addAllNode(node.getOp().equals(OP) ? nodes(node) : List.of(node));
        }
        return expanded.build();
    }

    private static List<NodeDef> nodes(NodeDef standIn) {
        String token = standIn.getAttrOrThrow(TOKEN).getS().toStringUtf8();
        return token.equals(QuantizedProducts.TOKEN)
                ? QuantizedProducts.nodes(standIn)
                : List.of(FusedNorms.node(standIn, token));
    }
}
