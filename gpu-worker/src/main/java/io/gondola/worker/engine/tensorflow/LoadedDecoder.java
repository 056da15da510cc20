package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvMemory;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.ModelMemory;
import io.gondola.worker.engine.Sampler;
import io.gondola.worker.engine.StepRow;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Rotary;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;

/** A decoder in memory: its graph and session, with weights and cache inside. Owns native memory. */
final class LoadedDecoder implements AutoCloseable {

    private final DecoderDescription description;
    private final int contextTokensMax;
    private final long kvTokensMax;
    /** What Java built; the operations that the net and the cache name live in it. */
    private final Graph draft;
    /** What runs. */
    private final Graph graph;

    private final Session session;
    private final @Nullable SpillFile spill;
    private final BlockPool pool;
    private final SlotBlocks blocks;
    private final Lanes lanes;
    /** One for each lane. */
    private final List<PassRunner> passes;

    private final Sampler sampler;
    private final DecoderWork work;

    private LoadedDecoder(
            DecoderSource source,
            EngineOptions options,
            Graph draft,
            Graph graph,
            Session session,
            @Nullable SpillFile spill,
            KvCache cache,
            BlockPool pool,
            Lanes lanes,
            DecoderNet net) {
        this.description = source.description();
        this.contextTokensMax = source.contextTokensMax();
        this.kvTokensMax = cache.layout().tokensMax(options.slots(), contextTokensMax);
        this.draft = draft;
        this.graph = graph;
        this.session = session;
        this.spill = spill;
        this.pool = pool;
        this.blocks = new SlotBlocks(session, cache, pool);
        this.lanes = lanes;
        this.passes = IntStream.range(0, lanes.count())
                .mapToObj(lane -> new PassRunner(session, cache.layout(), pool, net, description.vocabularySize()))
                .toList();
        this.sampler = new Sampler(description.vocabularySize());
        this.work = source.work(options);
    }

    static LoadedDecoder load(Path path, EngineOptions options, LoadProgress progress) throws EngineException {
        try {
            return open(path, options, progress);
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            throw new EngineException(path + ": the model could not be loaded: " + firstLine(e), e);
        }
    }

    /** TensorFlow's messages go on for lines, about its graph. */
    static String firstLine(Throwable failure) {
        return failure.toString().lines().findFirst().orElse("");
    }

    private static LoadedDecoder open(Path path, EngineOptions options, LoadProgress progress) throws EngineException {
        DecoderSource source = DecoderSource.open(path, options);
        ModelMemory memory = source.memory(path.toString(), options);
        // In words: the operating system would end the process without any.
        long kvBytes = KvMemory.ofModel(memory, options, Devices.memory(options.device()));
        return build(source, source.layout(kvBytes, options), options, progress);
    }

    private static LoadedDecoder build(
            DecoderSource source, KvLayout layout, EngineOptions options, LoadProgress progress)
            throws EngineException {
        DecoderDescription description = source.description();
        Map<String, float[][]> tables = description.positions() instanceof Rotary rotary
                ? rotaryTables(rotary.frequencies(), source.contextTokensMax())
                : Map.of();
        Graph draft = new Graph();
        Graph graph = new Graph();
        Session session = null;
        Optional<Path> spillDirectory = source.spillDirectory(options.precision());
        SpillFile spill = spillDirectory.isPresent() ? SpillFile.open(spillDirectory.get()) : null;
        Lanes lanes = new Lanes(Devices.lanes(options.threads(), options.device()));
        boolean done = false;
        try {
            Ops tf = Ops.create(draft);
            WeightVariables weights =
                    new WeightVariables(tf, source.plan(), tables, options.precision(), description.tiedHead(), spill);
            KvCache cache = new KvCache(tf, layout, description.layers().size(), options.kvPrecision());
            BlockPool pool = new BlockPool(options.slots(), layout.blocks(), lanes.count());
            DecoderNet net = new DecoderNet(tf, description, weights, cache);
            try (Variables.Assignment values = weights.read(progress)) {
                graph.importGraphDef(values.withConstants(QuantizedProducts.expand(draft.toGraphDef())));
                session = new Session(graph, Devices.config(options));
                values.run(session);
            }
            cache.initialise(session);
            LoadedDecoder decoder =
                    new LoadedDecoder(source, options, draft, graph, session, spill, cache, pool, lanes, net);
            decoder.warmUp();
            decoder.spillOriginals();
            done = true;
            return decoder;
        } finally {
            if (!done) {
                close(lanes, draft, graph, session, spill);
            }
        }
    }

    /** Every matrix has been multiplied with, so oneDNN has its copies. */
    private void spillOriginals() throws EngineException {
        if (spill != null) {
            spill.seal();
            spill.giveBack();
        }
    }

    private static Map<String, float[][]> rotaryTables(RotaryFrequencies frequencies, int positions) {
        return Map.of("rotary.cosines", frequencies.cosines(positions), "rotary.sines", frequencies.sines(positions));
    }

    /** Lets TensorFlow optimise the net now, not under the first request. What it writes no sequence ever reads. */
    private void warmUp() {
        PassRunner.Receiver nobody = new PassRunner.Receiver() {
            @Override
            public void onSegment(Segment segment, boolean allNumbers) {}

            @Override
            public void onLikeliest(Segment segment, int token, boolean allNumbers) {}

            @Override
            public void onTop(Segment segment, int[] tokens, float[] logits, boolean allNumbers) {}

            @Override
            public void onNucleus(
                    Segment segment,
                    PassRunner.Candidates candidates,
                    Supplier<float[]> allLogits,
                    boolean allNumbers) {}

            @Override
            public void onLogits(Segment segment, int position, float[] logits) {}
        };
        int tokens = Math.min(2, contextTokensMax);
        StepRow row = new StepRow(0, new int[tokens], tokens, 0, 1, true, SamplingParams.greedy(), -1, false);
        Segment one = new Segment(0, row, 0, 1);
        pool.extend(0, tokens);
        for (int lane = 0; lane < lanes.count(); lane++) {
            // One after the other: all write to the same blocks.
            lanes.run(List.of(lane), each -> {
                passes.get(each).run(new Pass(List.of(one), List.of()), nobody, false);
                passes.get(each).run(new Pass(List.of(), List.of(new Segment(0, row, 0, tokens))), nobody, false);
            });
        }
        pool.release(0);
    }

    DecoderDescription description() {
        return description;
    }

    Pass.Widths widths() {
        return new Pass.Widths(description.attention().heads(), description.vocabularySize());
    }

    int contextTokensMax() {
        return contextTokensMax;
    }

    /** Tokens of all sequences together. */
    long kvTokensMax() {
        return kvTokensMax;
    }

    /** Runs a step: the rows of each lane in passes of its own, the lanes side by side. */
    void run(List<StepRow> rows, PassRunner.Receiver receiver) {
        List<Integer> wanted =
                rows.stream().map(row -> pool.lane(row.slot())).distinct().toList();
        boolean alone = lanes.count() > 1 && wanted.size() == 1;
        lanes.run(wanted, lane -> Pass.plan(rows, widths(), row -> pool.lane(row.slot()) == lane)
                .forEach(pass -> passes.get(lane).run(pass, receiver, alone)));
    }

    /** From now on passes are traced, those without prefill and those with; not where null. */
    void trace(@Nullable OperationTimes decode, @Nullable OperationTimes prefill) {
        passes.forEach(lane -> lane.trace(decode, prefill));
    }

    Sampler sampler() {
        return sampler;
    }

    /** What runs, for tests. */
    GraphDef graphDef() {
        return graph.toGraphDef();
    }

    DecoderWork work() {
        return work;
    }

    SlotBlocks blocks() {
        return blocks;
    }

    @Override
    public void close() {
        close(lanes, draft, graph, session, spill);
    }

    private static void close(
            Lanes lanes, Graph draft, Graph graph, @Nullable Session session, @Nullable SpillFile spill) {
        lanes.close();
        if (spill != null) {
            spill.close();
        }
        if (session != null) {
            session.close();
        }
        graph.close();
        draft.close();
    }
}
