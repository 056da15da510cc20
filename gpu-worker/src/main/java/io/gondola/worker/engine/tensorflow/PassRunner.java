package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.CandidateSampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.ndarray.buffer.IntDataBuffer;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Runs one pass after the other: lays the segments' tokens out for the graph, and hands the outputs back. */
final class PassRunner {

    /** Who is given what a pass computed; numbers are valid during the call only. */
    interface Receiver {

        /** How it stands with a segment; called for each, before anything else. */
        void onSegment(Segment segment, boolean allNumbers);

        /** The likeliest token behind a segment, or that its logits are no numbers. */
        void onLikeliest(Segment segment, int token, boolean allNumbers);

        /** The likeliest tokens behind a segment and their logits, as many as the step's rows ask for at most. */
        void onTop(Segment segment, int[] tokens, float[] logits, boolean allNumbers);

        /** Likewise, for a row that more tokens than these may matter to; its logits are read where they are asked for. */
        void onNucleus(Segment segment, Candidates candidates, Supplier<float[]> allLogits, boolean allNumbers);

        /** The logits behind the token at {@code position}. */
        void onLogits(Segment segment, int position, float[] logits);
    }

    /**
     * The likeliest tokens.
     *
     * @param tokens the likeliest first
     * @param logits theirs
     * @param mass over the whole vocabulary, as {@link CandidateSampler#tryDraw} wants it
     */
    @SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
    record Candidates(int[] tokens, float[] logits, double mass) {}

    /** In the calling thread: handing a run over to another thread and back takes longer than some steps' operations. */
    private static final RunOptions IN_CALLER =
            RunOptions.newBuilder().setInterOpThreadPool(-1).build();

    /** By threads of the session, each with what is ready and costs much: the ranges of a matrix, and what follows on them. */
    private static final RunOptions SHARED = RunOptions.getDefaultInstance();

    private final Session session;
    private final KvLayout layout;
    private final BlockPool pool;
    private final DecoderNet net;
    private final float[] logits;
    /** Of passes without prefill, and with; null where nobody asks. */
    private @Nullable OperationTimes decodeTimes;

    private @Nullable OperationTimes prefillTimes;

    PassRunner(Session session, KvLayout layout, BlockPool pool, DecoderNet net, int vocabularySize) {
        this.session = session;
        this.layout = layout;
        this.pool = pool;
        this.net = net;
        this.logits = new float[vocabularySize];
    }

    /** The tensors of one run; closed behind it. */
    static final class Feeds implements AutoCloseable {
        private final Session.Runner runner;
        private final List<Tensor> tensors = new ArrayList<>();

        Feeds(Session.Runner runner) {
            this.runner = runner;
        }

        IntDataBuffer feed(Operand<TInt32> placeholder, long... shape) {
            TInt32 tensor = Tensor.of(TInt32.class, Shape.of(shape));
            tensors.add(tensor);
            runner.feed(GraphNames.of(placeholder), tensor);
            return tensor.asRawTensor().data().asInts();
        }

        FloatDataBuffer feedFloats(Operand<TFloat32> placeholder, long... shape) {
            TFloat32 tensor = Tensor.of(TFloat32.class, Shape.of(shape));
            tensors.add(tensor);
            runner.feed(GraphNames.of(placeholder), tensor);
            return tensor.asRawTensor().data().asFloats();
        }

        @Override
        public void close() {
            tensors.forEach(Tensor::close);
        }
    }

    /** @param alone whether no other lane computes anything meanwhile, so that its thread may help */
    void run(Pass pass, Receiver receiver, boolean alone) {
        List<Segment> segments = new ArrayList<>(pass.decode());
        segments.addAll(pass.prefill());
        Session.Runner runner = session.runner();
        try (Feeds feeds = new Feeds(runner)) {
            feedTokens(feeds, segments);
            feedDecode(feeds, pass.decode());
            if (pass.prefill().isEmpty()) {
                feedNoPrefill(feeds);
            } else {
                feedPrefill(feeds, pass);
            }
            PassOutputs outputs = new PassOutputs(net, logits, segments);
            outputs.feed(feeds);
            PassOutputs.fetches(net).forEach(output -> runner.fetch(GraphNames.of(output)));
            try (Result result =
                    run(runner, pass.prefill().isEmpty() ? decodeTimes : prefillTimes, alone ? SHARED : IN_CALLER)) {
                outputs.deliver(result, receiver);
            }
        }
    }

    private static Result run(Session.Runner runner, @Nullable OperationTimes times, RunOptions threads) {
        if (times == null) {
            return runner.setOptions(threads).run();
        }
        RunOptions traced = threads.toBuilder()
                .setTraceLevel(RunOptions.TraceLevel.FULL_TRACE)
                .build();
        Result result = runner.setOptions(traced).runAndFetchMetadata();
        result.getMetadata().ifPresent(times::add);
        return result;
    }

    /** From now on passes are traced, those without prefill and those with; not where null. */
    void trace(@Nullable OperationTimes decode, @Nullable OperationTimes prefill) {
        decodeTimes = decode;
        prefillTimes = prefill;
    }

    private void feedTokens(Feeds feeds, List<Segment> segments) {
        int total = segments.stream().mapToInt(Segment::count).sum();
        IntDataBuffer tokens = feeds.feed(net.tokens, total);
        IntDataBuffer positions = feeds.feed(net.positions, total);
        IntDataBuffer rows = feeds.feed(net.cacheRows, total);
        IntDataBuffer last = feeds.feed(net.lastTokens, segments.size());
        int index = 0;
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            for (int position = segment.position(); position < segment.end(); position++) {
                tokens.setInt(segment.row().history()[position], index);
                positions.setInt(position, index);
                rows.setInt(row(segment.row().slot(), position), index);
                index++;
            }
            last.setInt(index - 1, i);
        }
    }

    private int row(int slot, int position) {
        return layout.row(pool.block(slot, position), position % KvLayout.BLOCK_TOKENS);
    }

    private void feedDecode(Feeds feeds, List<Segment> segments) {
        BitSet read = new BitSet();
        segments.forEach(segment -> Arrays.stream(blocksOf(segment)).forEach(read::set));
        int extent =
                DecodeAttention.rounded(Math.max(1, read.length() - Math.max(0, read.nextSetBit(0))), layout.blocks());
        int first = Math.min(Math.max(0, read.nextSetBit(0)), layout.blocks() - extent);
        int[] owners = new int[extent];
        int[] starts = new int[extent];
        Arrays.fill(owners, BlockAttention.NOBODY);
        IntDataBuffer blocks = feeds.feed(net.decode.blocks, read.cardinality());
        IntDataBuffer blockRows = feeds.feed(net.decode.blockRows, read.cardinality());
        int index = 0;
        for (int row = 0; row < segments.size(); row++) {
            int[] own = blocksOf(segments.get(row));
            for (int i = 0; i < own.length; i++) {
                owners[own[i] - first] = row;
                starts[own[i] - first] = i * KvLayout.BLOCK_TOKENS;
                blocks.setInt(own[i] - first, index);
                blockRows.setInt(row, index++);
            }
        }
        feeds.feed(net.decode.rows).setInt(segments.size(), 0);
        feeds.feed(net.decode.firstBlock).setInt(first, 0);
        feeds.feed(net.decode.blockCount).setInt(extent, 0);
        feeds.feed(net.decode.owners, extent).write(owners);
        feeds.feed(net.decode.starts, extent).write(starts);
    }

    /** The blocks that a segment looks at. */
    private int[] blocksOf(Segment segment) {
        return Arrays.copyOf(pool.of(segment.row().slot()), KvLayout.blocks(segment.end()));
    }

    private void feedPrefill(Feeds feeds, Pass pass) {
        List<Segment> segments = pass.prefill();
        int width = segments.stream()
                .mapToInt(segment -> PrefillAttention.tileTokens(segment.count()))
                .max()
                .orElseThrow();
        List<Segment> tiles = segments.stream()
                .flatMap(segment -> segment.split(width).stream())
                .toList();
        IntDataBuffer tokens = feeds.feed(net.prefill.tokens, tiles.size(), width);
        IntDataBuffer places = feeds.feed(
                net.prefill.places, tiles.stream().mapToInt(Segment::count).sum());
        int first = pass.decode().size();
        int place = 0;
        for (int row = 0; row < tiles.size(); row++) {
            int count = tiles.get(row).count();
            for (int i = 0; i < width; i++) {
                tokens.setInt(first + Math.min(i, count - 1), (long) row * width + i);
            }
            for (int i = 0; i < count; i++) {
                places.setInt(row * width + i, place++);
            }
            first += count;
        }
        feedTileBlocks(feeds, tiles);
    }

    private void feedTileBlocks(Feeds feeds, List<Segment> tiles) {
        int count = tiles.stream().mapToInt(tile -> KvLayout.blocks(tile.end())).sum();
        IntDataBuffer blocks = feeds.feed(net.prefill.blocks, count);
        IntDataBuffer owners = feeds.feed(net.prefill.owners, count);
        IntDataBuffer starts = feeds.feed(net.prefill.starts, count);
        int index = 0;
        for (int row = 0; row < tiles.size(); row++) {
            int[] own = blocksOf(tiles.get(row));
            for (int i = 0; i < own.length; i++) {
                blocks.setInt(own[i], index);
                owners.setInt(row, index);
                starts.setInt(i * KvLayout.BLOCK_TOKENS, index++);
            }
        }
    }

    /** Nothing for {@link OptionalPart} to send; what is computed once for all layers still wants shapes. */
    private void feedNoPrefill(Feeds feeds) {
        feeds.feed(net.prefill.tokens, 1, 1).setInt(0, 0);
        feeds.feed(net.prefill.places, 0);
        feeds.feed(net.prefill.blocks, 0);
        feeds.feed(net.prefill.owners, 0);
        feeds.feed(net.prefill.starts, 0);
    }
}
