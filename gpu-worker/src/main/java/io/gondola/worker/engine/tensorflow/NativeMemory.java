package io.gondola.worker.engine.tensorflow;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.ndarray.buffer.DataStorageVisitor;
import org.tensorflow.types.family.TType;

/** What the kernel can be told about the memory behind tensors. On Linux; elsewhere nothing is told. */
final class NativeMemory {

    private static final Logger LOG = LoggerFactory.getLogger(NativeMemory.class);

    private static final int MADV_DONTNEED = 4;
    private static final int SC_PAGESIZE = 30;

    /** The C library's. */
    interface LibC extends Library {
        int madvise(Pointer address, long bytes, int advice);

        long sysconf(int name);
    }

    private static final @Nullable LibC LIB_C = libC();
    private static final long PAGE_BYTES = LIB_C == null ? 4096 : LIB_C.sysconf(SC_PAGESIZE);

    /** A tensor's memory on the processor. */
    record Region(long address, long bytes) {

        static Region of(TType tensor) {
            long bytes = tensor.asRawTensor().numBytes();
            long address = tensor.asRawTensor().data().accept(new Addresses());
            return new Region(address, bytes);
        }

        /** The whole pages within. */
        private Region pages() {
            long first = (address + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
            long end = (address + bytes) / PAGE_BYTES * PAGE_BYTES;
            return new Region(first, Math.max(0, end - first));
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

    /**
     * Gives whole pages back to the kernel. Memory of the process's own is zero when next read; memory that is mapped
     * from a file is the file's again.
     */
    static void giveBack(Region region) {
        Region pages = region.pages();
        if (LIB_C != null
                && pages.bytes() > 0
                && LIB_C.madvise(new Pointer(pages.address()), pages.bytes(), MADV_DONTNEED) != 0) {
            LOG.debug("madvise failed: {}", Native.getLastError());
        }
    }
}
