package io.gondola.worker.engine.tensorflow;

import java.util.Arrays;
import java.util.List;

/**
 * A weight of the graph and the tensors of the checkpoint it is made of.
 *
 * @param name in the graph, such as {@code layers.0.qkv.weight}
 * @param shape in the graph
 * @param parts tensors of the checkpoint, put together along the first dimension
 * @param outputFirst for the matrix of a linear layer: stored as [out, in] (torch's Linear), not [in, out] (GPT-2's
 *     Conv1D)
 * @param widths of the ranges of a matrix's outputs that are asked for one by one, such as queries, keys and values
 */
record WeightSpec(String name, List<Long> shape, List<Part> parts, boolean outputFirst, List<Integer> widths) {

    static final String EMBEDDING = "embedding";
    static final String POSITIONS = "positions";

    /** A tensor of the checkpoint. */
    record Part(String tensor, List<Long> shape) {
        long[] shapeArray() {
            return shape.stream().mapToLong(Long::longValue).toArray();
        }
    }

    WeightSpec {
        shape = List.copyOf(shape);
        parts = List.copyOf(parts);
        widths = List.copyOf(widths);
    }

    /** A weight that is one tensor. */
    static WeightSpec of(String name, String tensor, boolean outputFirst, long... shape) {
        List<Long> extents = boxed(shape);
        int outputs = Math.toIntExact(shape[outputFirst ? 0 : shape.length - 1]);
        return new WeightSpec(name, extents, List.of(new Part(tensor, extents)), outputFirst, List.of(outputs));
    }

    /** The same, its outputs asked for in ranges of these widths. */
    WeightSpec inRanges(List<Integer> ranges) {
        return new WeightSpec(name, shape, parts, outputFirst, ranges);
    }

    /** A tensor of the checkpoint. */
    static Part part(String tensor, long... shape) {
        return new Part(tensor, boxed(shape));
    }

    /** Tensors of equal width, one below the other. */
    static WeightSpec stacked(String name, boolean outputFirst, List<Part> parts) {
        List<Long> first = parts.get(0).shape();
        long rows = parts.stream().mapToLong(part -> part.shape().get(0)).sum();
        List<Long> shape = first.size() == 1 ? List.of(rows) : List.of(rows, first.get(1));
        List<Integer> widths =
                parts.stream().map(part -> Math.toIntExact(part.shape().get(0))).toList();
        return new WeightSpec(name, shape, parts, outputFirst, widths);
    }

    long[] shapeArray() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    boolean isEmbedding() {
        return name.equals(EMBEDDING);
    }

    /** Whether it is multiplied with, and so kept at the precision chosen; true of the embedding, which may be the head. */
    boolean isMatrix() {
        return shape.size() == 2 && !name.equals(POSITIONS);
    }

    /** Output channels of a matrix. */
    int outputs() {
        return Math.toIntExact(shape.get(outputFirst ? 0 : 1));
    }

    /** Inputs of a matrix. */
    int inputs() {
        return Math.toIntExact(shape.get(outputFirst ? 1 : 0));
    }

    long elements() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    private static List<Long> boxed(long[] shape) {
        return Arrays.stream(shape).boxed().toList();
    }
}
