package io.gondola.gateway.trace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The files of a trace: lines go to the newest, the others are renamed from {@code FILE.1} on, a bounded number. */
final class TraceFile implements TraceSink {

    private final TraceConfig config;
    private final byte[] header;
    private @Nullable FileChannel channel;
    private long bytes;

    private TraceFile(TraceConfig config, byte[] header) {
        this.config = config;
        this.header = header;
    }

    /** Begins a new file. @throws IOException saying, in one line, why that cannot be */
    static TraceFile open(TraceConfig config, byte[] header) throws IOException {
        Path file = config.file();
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a directory");
        } else if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " is not a regular file");
        }
        TraceFile trace = new TraceFile(config, header);
        try {
            trace.begin();
        } catch (IOException failure) {
            throw new IOException("cannot write " + file + ": " + failure, failure);
        }
        return trace;
    }

    @Override
    public void append(byte[] lines, int length) throws IOException {
        FileChannel open = channel;
        if (open == null || (bytes > header.length && bytes + length > config.fileBytesMax())) {
            open = begin();
        }
        write(open, ByteBuffer.wrap(lines, 0, length));
    }

    private FileChannel begin() throws IOException {
        close();
        rotate();
        FileChannel opened = FileChannel.open(
                config.file(),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        bytes = 0;
        try {
            write(opened, ByteBuffer.wrap(header));
        } catch (IOException failure) {
            opened.close();
            throw failure;
        }
        channel = opened;
        return opened;
    }

    /** What is there is kept under the next number; a file without a line is not worth one. */
    private void rotate() throws IOException {
        if (!Files.exists(config.file()) || Files.size(config.file()) <= header.length) {
            return;
        }
        for (int number = config.filesMax() - 2; number >= 0; number--) {
            Path from = numbered(number);
            if (Files.exists(from)) {
                Files.move(from, numbered(number + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private Path numbered(int number) {
        return number == 0 ? config.file() : Path.of(config.file() + "." + number);
    }

    /** All, or on failure nothing: half a line would spoil the file for its readers. */
    private void write(FileChannel to, ByteBuffer what) throws IOException {
        try {
            long at = bytes;
            while (what.hasRemaining()) {
                at += to.write(what, at);
            }
            bytes = at;
        } catch (IOException failure) {
            try {
                to.truncate(bytes);
            } catch (IOException worse) {
                failure.addSuppressed(worse);
            }
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }
}
