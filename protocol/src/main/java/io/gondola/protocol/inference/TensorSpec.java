package io.gondola.protocol.inference;

import java.util.Arrays;

/**
 * What a model says of an input or an output.
 *
 * @param name its name
 * @param datatype its element type
 * @param shape its dimensions; -1 for one that may have any size
 */
public record TensorSpec(String name, Datatype datatype, long[] shape) {

    /** A dimension of any size. */
    public static final long ANY = -1;

    public TensorSpec {
        for (long size : shape) {
            if (size < ANY) {
                throw new IllegalArgumentException("'" + name + "' has a dimension of " + size);
            }
        }
    }

    /** Whether a tensor may have this shape. */
    public boolean admits(long[] actual) {
        if (actual.length != shape.length) {
            return false;
        }
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] != ANY && shape[i] != actual[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorSpec that
                && name.equals(that.name)
                && datatype == that.datatype
                && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name + ":" + datatype + Arrays.toString(shape);
    }
}
