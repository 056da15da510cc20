package io.gondola.protocol.inference;

import java.util.Arrays;

/**
 * A tensor as it travels: elements in row-major order, little-endian, exactly as many bytes as its shape says. Elements
 * of {@link Datatype#BYTES} have their length before them, four bytes each, as in the protocol's binary form.
 *
 * <p>The data is shared, never copied and never changed by whoever has it.
 *
 * @param name the input's or output's name
 * @param datatype of its elements
 * @param shape its dimensions, none negative; empty for a scalar
 * @param data the elements
 */
public record Tensor(String name, Datatype datatype, long[] shape, byte[] data) {

    /** More dimensions than any engine knows. */
    public static final int RANK_MAX = 32;

    private static final int LENGTH_BYTES = 4;

    public Tensor {
        long elements = elements(name, shape);
        if (datatype.isFixedSize()) {
            if (elements > Integer.MAX_VALUE / datatype.bytes() || elements * datatype.bytes() != data.length) {
                throw new IllegalArgumentException("'" + name + "' of shape " + Arrays.toString(shape) + " and type "
                        + datatype + " needs " + elements + " elements of " + datatype.bytes() + " bytes, and has "
                        + data.length + " bytes");
            }
        } else if (elements != countStrings(name, data)) {
            throw new IllegalArgumentException("'" + name + "' of shape " + Arrays.toString(shape) + " needs "
                    + elements + " elements, and has " + countStrings(name, data));
        }
    }

    /** The product of the dimensions. */
    public static long elements(String name, long[] shape) {
        if (shape.length > RANK_MAX) {
            throw new IllegalArgumentException(
                    "'" + name + "' has " + shape.length + " dimensions; at most " + RANK_MAX + " are known");
        }
        long elements = 1;
        boolean isEmpty = false;
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("'" + name + "' has a dimension of " + size);
            }
            isEmpty |= size == 0;
        }
        for (long size : shape) {
            if (isEmpty || size > Integer.MAX_VALUE || elements * size > Integer.MAX_VALUE) {
                if (isEmpty) {
                    return 0;
                }
                throw new IllegalArgumentException(
                        "'" + name + "' of shape " + Arrays.toString(shape) + " has too many elements");
            }
            elements *= size;
        }
        return elements;
    }

    private static long countStrings(String name, byte[] data) {
        long count = 0;
        int at = 0;
        while (at < data.length) {
            int end = endOfString(data, at);
            if (end < 0) {
                throw new IllegalArgumentException(
                        "'" + name + "' ends within the element at byte " + at + " of " + data.length);
            }
            at = end;
            count++;
        }
        return count;
    }

    /** Where the string that begins at {@code at} ends; negative where it does not. */
    private static int endOfString(byte[] data, int at) {
        if (data.length - at < LENGTH_BYTES) {
            return -1;
        }
        int length = lengthAt(data, at);
        return length < 0 || length > data.length - at - LENGTH_BYTES ? -1 : at + LENGTH_BYTES + length;
    }

    private static int lengthAt(byte[] data, int at) {
        return (data[at] & 0xFF)
                | (data[at + 1] & 0xFF) << 8
                | (data[at + 2] & 0xFF) << 16
                | (data[at + 3] & 0xFF) << 24;
    }

    /** The product of its dimensions. */
    public int elements() {
        return (int) elements(name, shape);
    }

    /** The size of its first dimension; 1 for a scalar. */
    public long rows() {
        return shape.length == 0 ? 1 : shape[0];
    }

    /** The strings of a tensor of {@link Datatype#BYTES}, in order. */
    public byte[][] strings() {
        return split(name, data);
    }

    /** The strings that {@code data} is made of. */
    public static byte[][] split(String name, byte[] data) {
        byte[][] strings = new byte[(int) countStrings(name, data)][];
        int at = 0;
        for (int i = 0; i < strings.length; i++) {
            int end = endOfString(data, at);
            strings[i] = Arrays.copyOfRange(data, at + LENGTH_BYTES, end);
            at = end;
        }
        return strings;
    }

    /** A tensor of strings. */
    public static Tensor ofStrings(String name, long[] shape, byte[][] strings) {
        long bytes = 0;
        for (byte[] string : strings) {
            bytes += LENGTH_BYTES + string.length;
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("'" + name + "' has " + bytes + " bytes");
        }
        byte[] data = new byte[(int) bytes];
        int at = 0;
        for (byte[] string : strings) {
            for (int i = 0; i < LENGTH_BYTES; i++) {
                data[at++] = (byte) (string.length >>> (8 * i));
            }
            System.arraycopy(string, 0, data, at, string.length);
            at += string.length;
        }
        return new Tensor(name, Datatype.BYTES, shape, data);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tensor that
                && name.equals(that.name)
                && datatype == that.datatype
                && Arrays.equals(shape, that.shape)
                && Arrays.equals(data, that.data);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(shape);
    }

    /** Name, type and shape: what is in it does not belong into logs. */
    @Override
    public String toString() {
        return name + ":" + datatype + Arrays.toString(shape);
    }
}
