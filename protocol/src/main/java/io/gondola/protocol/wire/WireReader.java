package io.gondola.protocol.wire;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link WireWriter} wrote. Every length is checked against the bytes that are left before anything is
 * allocated, so that a lying message costs no memory.
 */
final class WireReader {

    /** Reads one element of a list. */
    interface ElementReader<T> {
        T read(WireReader reader) throws WireFormatException;
    }

    private final Buffer buffer;
    private int position;

    WireReader(Buffer buffer) {
        this.buffer = buffer;
    }

    int readByte() throws WireFormatException {
        require(1);
        return buffer.getByte(position++) & 0xFF;
    }

    boolean readBoolean() throws WireFormatException {
        int value = readByte();
        if (value > 1) {
            throw new WireFormatException("boolean of value " + value + " before byte " + position);
        }
        return value == 1;
    }

    long readVarint() throws WireFormatException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7F) << shift;
            if ((next & 0x80) == 0) {
                return value;
            }
        }
        throw new WireFormatException("varint longer than 10 bytes before byte " + position);
    }

    long readZigzag() throws WireFormatException {
        long value = readVarint();
        return (value >>> 1) ^ -(value & 1);
    }

    int readInt() throws WireFormatException {
        return toInt(readZigzag());
    }

    long readFixedLong() throws WireFormatException {
        require(8);
        long value = buffer.getLong(position);
        position += 8;
        return value;
    }

    float readFloat() throws WireFormatException {
        require(4);
        float value = buffer.getFloat(position);
        position += 4;
        return value;
    }

    String readString() throws WireFormatException {
        return new String(readBytes(), StandardCharsets.UTF_8);
    }

    byte[] readBytes() throws WireFormatException {
        int length = readLength(1);
        byte[] value = buffer.getBytes(position, position + length);
        position += length;
        return value;
    }

    long[] readLongs() throws WireFormatException {
        long[] values = new long[readLength(1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = readZigzag();
        }
        return values;
    }

    int[] readInts() throws WireFormatException {
        int[] values = new int[readLength(1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = readInt();
        }
        return values;
    }

    float[] readFloats() throws WireFormatException {
        float[] values = new float[readLength(4)];
        for (int i = 0; i < values.length; i++) {
            values[i] = readFloat();
        }
        return values;
    }

    <T> List<T> readList(ElementReader<T> element) throws WireFormatException {
        int size = readLength(1);
        List<T> values = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            values.add(element.read(this));
        }
        return values;
    }

    <E extends Enum<E>> E readEnum(E[] constants) throws WireFormatException {
        return toConstant(readByte(), constants);
    }

    /** A constant, or null where the byte is {@code absent}. */
    <E extends Enum<E>> @Nullable E readOptionalEnum(E[] constants, int absent) throws WireFormatException {
        int ordinal = readByte();
        return ordinal == absent ? null : toConstant(ordinal, constants);
    }

    void requireEnd() throws WireFormatException {
        if (position != buffer.length()) {
            throw new WireFormatException((buffer.length() - position) + " bytes after the end of the message");
        }
    }

    /** A count of elements that take at least {@code elementBytes} each. */
    private int readLength(int elementBytes) throws WireFormatException {
        long length = readVarint();
        int left = buffer.length() - position;
        if (length < 0 || length > left / elementBytes) {
            throw new WireFormatException("length " + length + " with " + left + " bytes left");
        }
        return (int) length;
    }

    private void require(int bytes) throws WireFormatException {
        if (buffer.length() - position < bytes) {
            throw new WireFormatException(
                    "message ends at byte " + buffer.length() + ", " + bytes + " more expected at byte " + position);
        }
    }

    private static <E extends Enum<E>> E toConstant(int ordinal, E[] constants) throws WireFormatException {
        if (ordinal >= constants.length) {
            throw new WireFormatException("no constant " + ordinal + " in "
                    + constants[0].getDeclaringClass().getSimpleName());
        }
        return constants[ordinal];
    }

    private static int toInt(long value) throws WireFormatException {
        if (value != (int) value) {
            throw new WireFormatException("value " + value + " does not fit 32 bits");
        }
        return (int) value;
    }
}
