package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.tensorflow.NativeMemory.Region;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that takes the place of memory which is hardly ever read: tensors keep their addresses and their contents, but
 * their pages come from the file when they are touched, and can be given back at any time. It has no name once it is
 * open, so it goes when the process does.
 *
 * <p>For int8: oneDNN multiplies with a copy of its own, and reads the original again only for a product whose matrix it
 * wants in another order.
 */
final class SpillFile implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SpillFile.class);

    /** Kept free for others. */
    private static final long SPARE_BYTES = 64L << 20;

    /** What lies in these is in memory itself. */
    private static final Set<String> MEMORY_FILE_SYSTEMS = Set.of("tmpfs", "ramfs", "devtmpfs");

    private final Path path;
    private final FileChannel channel;
    private final List<Region> regions = new ArrayList<>();
    private long writtenBytes;

    private SpillFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** A directory for temporary files that has so much room on a disk, if there is one. */
    static Optional<Path> directory(long bytes) {
        return NativeMemory.canMap()
                ? Stream.of(System.getProperty("java.io.tmpdir"), "/var/tmp")
                        .map(Path::of)
                        .filter(directory -> hasRoom(directory, bytes))
                        .findFirst()
                : Optional.empty();
    }

    private static boolean hasRoom(Path directory, long bytes) {
        try {
            var store = Files.getFileStore(directory);
            return Files.isWritable(directory)
                    && !MEMORY_FILE_SYSTEMS.contains(store.type())
                    && store.getUsableSpace() >= bytes + SPARE_BYTES;
        } catch (IOException unusable) {
            return false;
        }
    }

    static SpillFile open(Path directory) throws EngineException {
        try {
            Path path = Files.createTempFile(directory, "gondola-weights-", ".tmp");
            try {
                return new SpillFile(path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
            } catch (IOException | RuntimeException failure) {
                Files.deleteIfExists(path);
                throw failure;
            }
        } catch (IOException e) {
            throw new EngineException(directory + ": no temporary file can be written: " + e.getMessage(), e);
        }
    }

    /** Puts the file under a region, with the contents it has. */
    void take(Region whole) throws EngineException {
        Region region = whole.pages();
        try {
            region.writeTo(channel, writtenBytes);
            NativeMemory.mapFile(region, path, writtenBytes);
        } catch (IOException e) {
            throw new EngineException(path + ": weights cannot be kept in a temporary file: " + e.getMessage(), e);
        }
        writtenBytes += region.bytes();
        regions.add(region);
    }

    /** Lets go of all pages; whoever reads one gets it from the file. */
    void giveBack() {
        regions.forEach(NativeMemory::giveBack);
    }

    /** Nothing more will be taken: the file loses its name. */
    void seal() {
        try {
            channel.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("{} was needed while a model loaded, and cannot be deleted: {}", path, e.getMessage());
        }
    }

    /** Puts ordinary memory under the regions, whose owners are about to free it. */
    @Override
    public void close() {
        regions.forEach(NativeMemory::mapMemory);
        regions.clear();
        seal();
    }
}
