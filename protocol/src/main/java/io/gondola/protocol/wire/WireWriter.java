package io.gondola.protocol.wire;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;

/** Appends fields to a buffer: integers as LEB128 varints (zigzag where negative is usual), lengths before contents. */
final class WireWriter {

    private static final int BYTES_USUAL = 256;

    private final Buffer buffer;

    WireWriter() {
        this(0);
    }

    /** @param contentBytes a guess at the bytes to come beyond the usual, so that large messages are not copied as they grow */
    WireWriter(long contentBytes) {
        buffer = Buffer.buffer((int) Math.min(Integer.MAX_VALUE / 2, BYTES_USUAL + contentBytes));
    }

    Buffer toBuffer() {
        return buffer;
    }

    void writeByte(int value) {
        buffer.appendByte((byte) value);
    }

    void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    /** An unsigned varint: 1 byte up to 127, at most 10 bytes. */
    void writeVarint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            writeByte((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        writeByte((int) rest);
    }

    void writeZigzag(long value) {
        writeVarint((value << 1) ^ (value >> 63));
    }

    void writeFixedLong(long value) {
        buffer.appendLong(value);
    }

    void writeFloat(float value) {
        buffer.appendFloat(value);
    }

    void writeString(String value) {
        writeBytes(value.getBytes(StandardCharsets.UTF_8));
    }

    void writeInts(int[] values) {
        writeVarint(values.length);
        for (int value : values) {
            writeZigzag(value);
        }
    }

    void writeLongs(long[] values) {
        writeVarint(values.length);
        for (long value : values) {
            writeZigzag(value);
        }
    }

    void writeBytes(byte[] bytes) {
        writeVarint(bytes.length);
        buffer.appendBytes(bytes);
    }

    void writeFloats(float[] values) {
        writeVarint(values.length);
        for (float value : values) {
            writeFloat(value);
        }
    }

    <T> void writeList(List<T> values, BiConsumer<WireWriter, T> element) {
        writeVarint(values.size());
        for (T value : values) {
            element.accept(this, value);
        }
    }

    void writeEnum(Enum<?> value) {
        writeByte(value.ordinal());
    }
}
