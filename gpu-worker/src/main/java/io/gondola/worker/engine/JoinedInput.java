package io.gondola.worker.engine;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One input of a batch: the tensors of its requests, one behind the other along the first dimension. They are joined where
 * the engine needs them, so that nothing is copied twice.
 *
 * @param name of the input
 * @param datatype of all its parts
 * @param shape of the whole
 * @param parts the data of each, as {@link Tensor#data()}
 */
public record JoinedInput(String name, Datatype datatype, long[] shape, List<byte[]> parts) {

    public JoinedInput {
        parts = List.copyOf(parts);
    }

    /** Bytes of the whole. */
    public long bytes() {
        long bytes = 0;
        for (byte[] part : parts) {
            bytes += part.length;
        }
        return bytes;
    }

    /** The strings of all parts, for a tensor of {@link Datatype#BYTES}. */
    public byte[][] strings() {
        List<byte[]> strings = new ArrayList<>();
        for (byte[] part : parts) {
            strings.addAll(List.of(Tensor.split(name, part)));
        }
        return strings.toArray(byte[][]::new);
    }
}
