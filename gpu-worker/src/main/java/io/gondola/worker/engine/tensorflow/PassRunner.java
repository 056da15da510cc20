package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.ndarray.buffer.IntDataBuffer;
import org.tensorflow.types.TInt32;

/** Runs one pass: lays the segments' tokens out for the graph, and hands the outputs back. */
final class PassRunner {

    /** Who is given what a pass computed; numbers are valid during the call only. */
    interface Receiver {

        /** How it stands with a segment; called for each, before anything else. */
        void onSegment(Segment segment, boolean allNumbers);

        /** The likeliest token behind a segment, or that its logits are no numbers. */
        void onLikeliest(Segment segment, int token, boolean allNumbers);

        /** The logits behind the token at {@code position}. */
        void onLogits(Segment segment, int position, float[] logits);
    }

    private record Output(Segment segment, int position, int tokenIndex) {}

    private final Session session;
    private final KvLayout layout;
    private final DecoderNet decodeNet;
    private final DecoderNet mixedNet;
    private final float[] logits;

    PassRunner(Session session, KvLayout layout, DecoderNet decodeNet, DecoderNet mixedNet, int vocabularySize) {
        this.session = session;
        this.layout = layout;
        this.decodeNet = decodeNet;
        this.mixedNet = mixedNet;
        this.logits = new float[vocabularySize];
    }

    /** The tensors of one run; closed behind it. */
    private static final class Feeds implements AutoCloseable {
        private final Session.Runner runner;
        private final List<Tensor> tensors = new ArrayList<>();

        Feeds(Session.Runner runner) {
            this.runner = runner;
        }

        IntDataBuffer feed(@Nullable Operand<TInt32> placeholder, long... shape) {
            if (placeholder == null) {
                throw new IllegalStateException("the net has no prefill section");
            }
            TInt32 tensor = Tensor.of(TInt32.class, Shape.of(shape));
            tensors.add(tensor);
            runner.feed(placeholder, tensor);
            return tensor.asRawTensor().data().asInts();
        }

        @Override
        public void close() {
            tensors.forEach(Tensor::close);
        }
    }

    void run(Pass pass, Receiver receiver) {
        DecoderNet net = pass.prefill().isEmpty() ? decodeNet : mixedNet;
        List<Segment> segments = new ArrayList<>(pass.decode());
        segments.addAll(pass.prefill());
        Session.Runner runner = session.runner();
        try (Feeds feeds = new Feeds(runner)) {
            feedTokens(net, feeds, segments);
            feedBlocks(feeds.feed(net.decodeBlocks, pass.decode().size(), blocks(pass.decode())), pass.decode());
            if (net == mixedNet) {
                feedPrefill(feeds, pass);
            }
            List<Output> greedy = new ArrayList<>();
            List<Output> rich = new ArrayList<>();
            collectOutputs(segments, greedy, rich);
            feedOutputs(net, feeds, greedy, rich);
            runner.fetch(net.likeliest)
                    .fetch(net.logitSums)
                    .fetch(net.hiddenSums)
                    .fetch(net.logits);
            try (Result result = runner.run()) {
                deliver(result, segments, greedy, rich, receiver);
            }
        }
    }

    private void feedTokens(DecoderNet net, Feeds feeds, List<Segment> segments) {
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
                rows.setInt(layout.row(segment.row().slot(), position), index);
                index++;
            }
            last.setInt(index - 1, i);
        }
    }

    /** Blocks of the longest of the sequences. */
    private static int blocks(List<Segment> segments) {
        return KvLayout.blocks(segments.stream().mapToInt(Segment::end).max().orElse(1));
    }

    /** Behind a sequence's own blocks its first one is repeated: masked anyway, and warm in the processor's cache. */
    private void feedBlocks(IntDataBuffer target, List<Segment> segments) {
        int width = blocks(segments);
        int index = 0;
        for (Segment segment : segments) {
            int own = KvLayout.blocks(segment.end());
            for (int block = 0; block < width; block++) {
                target.setInt(layout.block(segment.row().slot(), block < own ? block : 0), index++);
            }
        }
    }

    private void feedPrefill(Feeds feeds, Pass pass) {
        List<Segment> segments = pass.prefill();
        int longest = segments.stream().mapToInt(Segment::count).max().orElseThrow();
        int total = segments.stream().mapToInt(Segment::count).sum();
        feedBlocks(feeds.feed(mixedNet.prefillBlocks, segments.size(), blocks(segments)), segments);
        IntDataBuffer tokens = feeds.feed(mixedNet.prefillTokens, segments.size(), longest);
        IntDataBuffer places = feeds.feed(mixedNet.prefillPlaces, total);
        int first = pass.decode().size();
        int place = 0;
        for (int row = 0; row < segments.size(); row++) {
            int count = segments.get(row).count();
            for (int i = 0; i < longest; i++) {
                tokens.setInt(first + Math.min(i, count - 1), (long) row * longest + i);
            }
            for (int i = 0; i < count; i++) {
                places.setInt(row * longest + i, place++);
            }
            first += count;
        }
    }

    private static void collectOutputs(List<Segment> segments, List<Output> greedy, List<Output> rich) {
        int index = 0;
        for (Segment segment : segments) {
            int scored = segment.scoredTokens();
            for (int i = 0; i < scored; i++) {
                rich.add(new Output(segment, segment.position() + i, index + i));
            }
            index += segment.count();
            if (segment.samples() && scored < segment.count()) {
                (segment.samplesLikeliest() ? greedy : rich).add(new Output(segment, segment.end() - 1, index - 1));
            }
        }
    }

    private static void feedOutputs(DecoderNet net, Feeds feeds, List<Output> greedy, List<Output> rich) {
        IntDataBuffer outputs = feeds.feed(net.outputs, greedy.size() + rich.size());
        int index = 0;
        for (Output output : greedy) {
            outputs.setInt(output.tokenIndex(), index++);
        }
        for (Output output : rich) {
            outputs.setInt(output.tokenIndex(), index++);
        }
        feeds.feed(net.greedyOutputs).setInt(greedy.size(), 0);
    }

    private void deliver(
            Result result, List<Segment> segments, List<Output> greedy, List<Output> rich, Receiver receiver) {
        FloatDataBuffer hiddenSums = result.get(2).asRawTensor().data().asFloats();
        for (int i = 0; i < segments.size(); i++) {
            receiver.onSegment(segments.get(i), Float.isFinite(hiddenSums.getFloat(i)));
        }
        IntDataBuffer likeliest = result.get(0).asRawTensor().data().asInts();
        FloatDataBuffer logitSums = result.get(1).asRawTensor().data().asFloats();
        for (int i = 0; i < greedy.size(); i++) {
            boolean allNumbers = Float.isFinite(logitSums.getFloat(i));
            receiver.onLikeliest(greedy.get(i).segment(), likeliest.getInt(i), allNumbers);
        }
        FloatDataBuffer all = result.get(3).asRawTensor().data().asFloats();
        for (int i = 0; i < rich.size(); i++) {
            Output output = rich.get(i);
            all.offset((long) i * logits.length).read(logits);
            receiver.onLogits(output.segment(), output.position(), logits);
        }
    }
}
