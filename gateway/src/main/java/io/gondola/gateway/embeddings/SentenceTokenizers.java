package io.gondola.gateway.embeddings;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.text.ModelFilesException;
import io.gondola.gateway.text.SentenceTokenizer;
import io.gondola.launch.TextFiles;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.TensorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokenizers of the models of embeddings in service, read from the gateway's own view of the repository when they are
 * first needed. Shared by all event loops.
 */
public final class SentenceTokenizers implements AutoCloseable {

    /** How long one is kept that no model in service needs any more: longer than anybody who has it makes tokens. */
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** What could not be read is tried again after this, and not for each request. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final Logger LOG = LoggerFactory.getLogger(SentenceTokenizers.class);

    private record Key(String model, long version, String fingerprint) {}

    /** A tokenizer that is there or will be: whoever needs it first reads it. */
    private static final class Entry {

        private volatile @Nullable SentenceTokenizer tokenizer;
        private volatile long neededNanos = System.nanoTime();
        private @Nullable ApiException failure;
        private long failedNanos;

        synchronized void close() {
            SentenceTokenizer open = tokenizer;
            tokenizer = null;
            if (open != null) {
                open.close();
            }
        }
    }

    private final @Nullable Path repository;
    private final Map<Key, Entry> entries = new ConcurrentHashMap<>();

    /** @param repository the directory of all models; null where this gateway was given none */
    public SentenceTokenizers(@Nullable Path repository) {
        this.repository = repository;
    }

    /** The tokenizer of a model, where it has been read. */
    public @Nullable SentenceTokenizer tryGet(TensorModel model) {
        Key key = tryKey(model);
        Entry entry = key == null ? null : entries.get(key);
        return entry == null ? null : entry.tokenizer;
    }

    /** Whether it gives embeddings and nobody has asked for its tokenizer yet. */
    public boolean isNew(TensorModel model) {
        Key key = tryKey(model);
        return key != null && !entries.containsKey(key);
    }

    /**
     * The tokenizer of a model, read now where it is not yet: never on an event loop.
     *
     * @throws ApiException 400 for a model that gives no embeddings, 503 where its files are not here
     */
    public SentenceTokenizer require(TensorModel model) {
        Key key = tryKey(model);
        if (key == null) {
            throw ApiException.invalid("model", "The model '" + model.name() + "' does not give embeddings.");
        }
        Entry entry = entries.computeIfAbsent(key, any -> new Entry());
        synchronized (entry) {
            SentenceTokenizer known = entry.tokenizer;
            return known != null ? known : read(key, entry);
        }
    }

    private SentenceTokenizer read(Key key, Entry entry) {
        ApiException failure = entry.failure;
        if (failure != null && System.nanoTime() - entry.failedNanos < RETRY_NANOS) {
            throw failure;
        }
        try {
            SentenceTokenizer tokenizer = read(key);
            entry.tokenizer = tokenizer;
            entry.failure = null;
            return tokenizer;
        } catch (ApiException unavailable) {
            entry.failure = unavailable;
            entry.failedNanos = System.nanoTime();
            throw unavailable;
        }
    }

    private SentenceTokenizer read(Key key) {
        Path models = repository;
        if (models == null) {
            throw unavailable(key, "this gateway was given no --model-repository");
        }
        Path model = models.resolve(key.model);
        Path directory = TextFiles.tryDirectory(model, model.resolve(Long.toString(key.version)));
        if (directory == null) {
            throw unavailable(key, "there is no " + TextFiles.TOKENIZER + " in " + model);
        }
        try {
            if (!TextFiles.fingerprint(directory).equals(key.fingerprint)) {
                throw unavailable(key, "the files in " + directory + " are not those that the worker has loaded");
            }
            return SentenceTokenizer.load(directory);
        } catch (IOException | ModelFilesException unreadable) {
            throw unavailable(key, String.valueOf(unreadable.getMessage()));
        }
    }

    /** The client learns that it is no fault of its own, the log what must be mended. */
    private static ApiException unavailable(Key key, String why) {
        LOG.warn("No tokens for version {} of {}: {}", key.version, key.model, why);
        return new ApiException(
                503,
                "server_error",
                "tokenizer_unavailable",
                null,
                "The tokenizer of '" + key.model + "' cannot be had at the moment; the gateway's log says why.");
    }

    /** Frees the tokenizers that none of these models in service has needed for a while. */
    public void retain(Collection<TensorModel> inService, long nowNanos) {
        Set<Key> needed = new HashSet<>();
        for (TensorModel model : inService) {
            Key key = tryKey(model);
            if (key != null) {
                needed.add(key);
            }
        }
        entries.forEach((key, entry) -> {
            if (needed.contains(key)) {
                entry.neededNanos = nowNanos;
            } else if (nowNanos - entry.neededNanos > KEPT_NANOS && entries.remove(key, entry)) {
                entry.close();
            }
        });
    }

    private static @Nullable Key tryKey(TensorModel model) {
        EmbeddingOutput embedding = model.embedding();
        return embedding == null ? null : new Key(model.name(), model.version(), embedding.tokenizer());
    }

    /** Frees all of them. */
    @Override
    public void close() {
        entries.values().forEach(Entry::close);
        entries.clear();
    }
}
