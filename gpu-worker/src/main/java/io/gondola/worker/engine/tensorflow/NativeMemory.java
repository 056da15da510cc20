package io.gondola.worker.engine.tensorflow;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.ndarray.buffer.DataStorageVisitor;
import org.tensorflow.types.family.TType;

/** What the kernel can be told about the memory behind tensors. On Linux for x86-64 and Arm; elsewhere nothing is told. */
final class NativeMemory {

    private static final Logger LOG = LoggerFactory.getLogger(NativeMemory.class);

    private static final int MADV_DONTNEED = 4;
    private static final int SC_PAGESIZE = 30;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;
    private static final int NO_FILE = -1;

    /** What one ByteBuffer shows, at most. */
    private static final long WINDOW_BYTES = 1L << 30;

    /** The C library's. */
    interface LibC extends Library {
        int madvise(Pointer address, long bytes, int advice) throws LastErrorException;

        Pointer mmap(Pointer address, long bytes, int protection, int flags, int file, long offset)
                throws LastErrorException;

        int open(String path, int flags) throws LastErrorException;

        int close(int file) throws LastErrorException;

        int malloc_trim(long spareBytes);

        long sysconf(int name);
    }

    private static final @Nullable LibC LIB_C = libC();
    private static final long PAGE_BYTES = LIB_C == null ? 4096 : LIB_C.sysconf(SC_PAGESIZE);

    /** A tensor's memory on the processor. */
    record Region(long address, long bytes) {

        static Region of(TType tensor) {
            long bytes = tensor.asRawTensor().numBytes();
            return new Region(tensor.asRawTensor().data().accept(new Addresses()), bytes);
        }

        /** The whole pages within. */
        Region pages() {
            long first = (address + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
            long end = (address + bytes) / PAGE_BYTES * PAGE_BYTES;
            return new Region(first, Math.max(0, end - first));
        }

        void writeTo(FileChannel channel, long position) throws IOException {
            for (long done = 0; done < bytes; done += WINDOW_BYTES) {
                ByteBuffer window = new Pointer(address + done).getByteBuffer(0, Math.min(WINDOW_BYTES, bytes - done));
                long start = position + done;
                while (window.hasRemaining()) {
                    channel.write(window, start + window.position());
                }
            }
        }
    }

    private static final class Addresses implements DataStorageVisitor<Long> {
        @Override
        public Long visit(ByteBuffer buffer) {
            return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
        }

        @Override
        public Long visit(long address, long length, long scale) {
            return address;
        }

        @Override
        public Long fallback() {
            throw new IllegalStateException("a tensor outside native memory");
        }
    }

    private NativeMemory() {}

    private static @Nullable LibC libC() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return null;
        }
        try {
            return Native.load("c", LibC.class);
        } catch (UnsatisfiedLinkError absent) {
            LOG.warn("Memory is not given back to the system: {}", absent.getMessage());
            return null;
        }
    }

    static boolean canMap() {
        return LIB_C != null;
    }

    private static LibC libCOrThrow() {
        if (LIB_C == null) {
            throw new IllegalStateException("no C library");
        }
        return LIB_C;
    }

    /**
     * Gives whole pages back to the kernel. Memory of the process's own is zero when next read; memory that is mapped
     * from a file is the file's again.
     */
    static void giveBack(Region region) {
        Region pages = region.pages();
        if (LIB_C != null && pages.bytes() > 0) {
            try {
                LIB_C.madvise(new Pointer(pages.address()), pages.bytes(), MADV_DONTNEED);
            } catch (LastErrorException refused) {
                LOG.debug("madvise was refused", refused);
            }
        }
    }

    /** Lets the allocator give back what it keeps for later, where that is glibc's. */
    static void trim() {
        if (LIB_C != null) {
            try {
                LIB_C.malloc_trim(0);
            } catch (UnsatisfiedLinkError otherAllocator) {
                LOG.debug("Another C library than glibc", otherAllocator);
            }
        }
    }

    /** Puts a file under whole pages. What is written to them stays the process's own. */
    static void mapFile(Region pages, Path path, long offset) {
        LibC libC = libCOrThrow();
        int file = libC.open(path.toString(), O_RDONLY | O_CLOEXEC);
        try {
            map(libC, pages, MAP_PRIVATE | MAP_FIXED, file, offset);
        } finally {
            libC.close(file);
        }
    }

    /** Puts memory of the process's own under whole pages; what they held is gone. */
    static void mapMemory(Region pages) {
        map(libCOrThrow(), pages, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, NO_FILE, 0);
    }

    private static void map(LibC libC, Region pages, int flags, int file, long offset) {
        if (pages.bytes() > 0) {
            libC.mmap(new Pointer(pages.address()), pages.bytes(), PROT_READ_WRITE, flags, file, offset);
        }
    }
}
