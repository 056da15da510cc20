package io.gondola.gateway.trace;

import java.nio.file.Path;

/**
 * Where a trace goes, and its bounds.
 *
 * @param file the newest lines; what is there at the start is kept as {@code FILE.1}
 * @param fileBytesMax a file that would grow beyond this becomes {@code FILE.1}, that one {@code FILE.2}, and so on
 * @param filesMax files kept, the newest included; the oldest is deleted
 * @param bufferRecordsMax ended requests that may wait for the disk; beyond it they are counted and forgotten
 */
public record TraceConfig(Path file, long fileBytesMax, int filesMax, int bufferRecordsMax) {

    /** The largest file where nothing is said. */
    public static final int FILE_MEGABYTES_DEFAULT = 256;

    /** The smallest file that may be asked for: a header and some of the longest lines. */
    public static final long FILE_BYTES_MIN = 65_536;

    private static final int FILES_MAX_DEFAULT = 8;
    private static final int BUFFER_RECORDS_MAX_DEFAULT = 4_096;

    public TraceConfig {
        if (fileBytesMax < FILE_BYTES_MIN || filesMax < 1 || bufferRecordsMax < 1) {
            throw new IllegalArgumentException("out of range: fileBytesMax " + fileBytesMax + ", filesMax " + filesMax
                    + ", bufferRecordsMax " + bufferRecordsMax);
        }
    }

    public static TraceConfig of(Path file) {
        return new TraceConfig(
                file, FILE_MEGABYTES_DEFAULT * 1_000_000L, FILES_MAX_DEFAULT, BUFFER_RECORDS_MAX_DEFAULT);
    }

    public TraceConfig withFileBytesMax(long bytes) {
        return new TraceConfig(file, bytes, filesMax, bufferRecordsMax);
    }
}
