package io.gondola.worker.inference;

import io.gondola.launch.TextFiles;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.worker.embedding.EmbeddingEngine;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.TensorEngine;
import io.gondola.worker.repository.ModelRepository;
import io.gondola.worker.repository.ModelSettings;
import io.gondola.worker.repository.RepositoryException;
import io.gondola.worker.repository.TensorEngines;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the models of a repository into service and out of it. Blocking: to be called by threads that may wait, one at a
 * time.
 */
public final class RepositoryLoader {

    private static final Logger LOG = LoggerFactory.getLogger(RepositoryLoader.class);

    private final InferenceWorker worker;
    private final ModelRepository repository;
    private final TensorEngines engines;
    private final MeterRegistry registry;
    /** What each version in service was loaded from. */
    private final Map<String, Map<Long, String>> fingerprints = new HashMap<>();
    /** When an operator asked for each model in service last. */
    private final Map<String, Long> lastAskedMillis = new HashMap<>();

    public RepositoryLoader(
            InferenceWorker worker, ModelRepository repository, TensorEngines engines, MeterRegistry registry) {
        this.worker = worker;
        this.repository = repository;
        this.engines = engines;
        this.registry = registry;
    }

    /** Loads every model there is. */
    public synchronized void loadAll() throws RepositoryException, EngineException {
        for (String name : repository.names()) {
            load(name, "", 0);
        }
    }

    /** Whether the repository has such a model. */
    boolean has(String name) {
        return repository.has(name);
    }

    synchronized boolean isLoaded(String name) {
        return fingerprints.containsKey(name);
    }

    /**
     * The same as {@link #load}, for an operator who asks now: it counts as later than what was asked before, though the clock
     * of the gateway that heard it may be behind.
     */
    public synchronized void loadNow(String name, String settingsText, long askedMillis)
            throws RepositoryException, EngineException {
        load(name, settingsText, Math.max(askedMillis, lastAskedMillis.getOrDefault(name, 0L) + 1));
    }

    /**
     * Brings a model into the state of its directory: new and changed versions are loaded, and only when they all are do
     * those go that are not to be served any more. Where one cannot be loaded, what was in service stays.
     *
     * @param settingsText in the place of the settings beside the model, until it is loaded again; empty for those
     * @param askedMillis when an operator asked for it; 0 where nobody did
     */
    public synchronized void load(String name, String settingsText, long askedMillis)
            throws RepositoryException, EngineException {
        ModelSettings settings =
                settingsText.isEmpty() ? repository.settings(name) : ModelSettings.parse(name, settingsText);
        NavigableMap<Long, Path> wanted = repository.served(name, settings.versions());
        Map<Long, String> known = fingerprints.getOrDefault(name, Map.of());
        Map<Long, String> prints = new TreeMap<>();
        Map<Long, LoadedModel> loaded = new TreeMap<>();
        Map<Long, LoadOrigin> origins = new TreeMap<>();
        try {
            for (Map.Entry<Long, Path> version : wanted.entrySet()) {
                long number = version.getKey();
                Path path = version.getValue();
                prints.put(number, repository.fingerprint(name, path) + settingsText);
                String contents = repository.contentFingerprint(name, path, settingsText);
                origins.put(number, new LoadOrigin(contents, settingsText, askedMillis));
                if (!Objects.equals(prints.get(number), known.get(number))) {
                    loaded.put(number, load(name, number, path, settings));
                }
            }
        } catch (RepositoryException | EngineException | RuntimeException failure) {
            loaded.values().forEach(LoadedModel::close);
            throw failure;
        }
        origins.forEach((version, origin) -> worker.serve(name, version, origin, loaded.get(version)));
        for (long version : known.keySet()) {
            if (!wanted.containsKey(version)) {
                worker.leave(name, version);
            }
        }
        fingerprints.put(name, prints);
        lastAskedMillis.put(name, askedMillis);
    }

    /** Takes all versions of a model out of service. */
    public synchronized void unload(String name) throws RepositoryException {
        Map<Long, String> known = fingerprints.remove(name);
        if (known == null) {
            throw new RepositoryException("failed to unload '" + name + "': it is not loaded");
        }
        known.keySet().forEach(version -> worker.leave(name, version));
    }

    private LoadedModel load(String name, long version, Path path, ModelSettings settings)
            throws RepositoryException, EngineException {
        long startNanos = System.nanoTime();
        Path textFiles = repository.tryTextFiles(name, path);
        TensorEngine engine = engines.load(path, settings);
        TensorModel model;
        try {
            EmbeddingEngine vectors = textFiles == null ? null : tryEmbedding(engine, name, textFiles, settings);
            EmbeddingOutput embedding = null;
            if (textFiles != null && vectors != null) {
                engine = vectors;
                embedding = vectors.describe(TextFiles.fingerprint(textFiles));
            }
            model = describe(name, version, engine, embedding, settings);
        } catch (EngineException | IOException | RuntimeException failure) {
            engine.close();
            throw new EngineException(path + ": " + failure.getMessage(), failure);
        }
        LOG.info(
                "Loaded version {} of {} ({}{}, batches of {}) in {} ms",
                version,
                name,
                model.platform(),
                model.embedding() == null ? "" : ", embeddings",
                Math.max(1, model.batching().maxBatchSize()),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
        return counted(model, engine, settings);
    }

    private static TensorModel describe(
            String name, long version, TensorEngine engine, @Nullable EmbeddingOutput embedding, ModelSettings settings)
            throws EngineException {
        Signature own = engine.signatures().get(0);
        List<Signature> offered = settings.declared()
                .offered(
                        engine.platform(),
                        engine.signatures(),
                        embedding == null ? null : own.tryOutput(embedding.name()));
        if (settings.maxBatchSize() == null && !engine.mayHaveBatchDimension()) {
            LOG.info(
                    "Version {} of {} names the first dimensions of its inputs and outputs differently: requests run alone"
                            + " unless max_batch_size says that they are one batch",
                    version,
                    name);
        }
        return new TensorModel(
                name,
                version,
                engine.platform(),
                offered,
                settings.batchingOf(offered, engine.mayHaveBatchDimension()),
                embedding);
    }

    /** Ready to run, and counted by what it does. */
    private LoadedModel counted(TensorModel model, TensorEngine engine, ModelSettings settings) {
        InferenceWorkerMetrics metrics = new InferenceWorkerMetrics(registry, model.name(), model.version());
        ModelCounts counts = new ModelCounts(System::currentTimeMillis);
        BatchRunner runner = new BatchRunner(
                model,
                engine,
                settings.padding(),
                settings.unpadding(),
                run -> {
                    metrics.onRun(run);
                    if (run.requests() > 0) {
                        counts.onRun(run);
                    }
                },
                System::nanoTime);
        return new LoadedModel(model, engine, runner, counts, worker.outbox(), worker.config());
    }

    /** Where its files ask for vectors that cannot be computed here, it still takes tensors, as before it had them. */
    private static @Nullable EmbeddingEngine tryEmbedding(
            TensorEngine engine, String name, Path textFiles, ModelSettings settings) {
        try {
            return EmbeddingEngine.tryWrap(engine, textFiles, settings.embedding());
        } catch (EngineException cannot) {
            LOG.warn("{} gives no embeddings: {}", name, cannot.getMessage());
            return null;
        }
    }
}
