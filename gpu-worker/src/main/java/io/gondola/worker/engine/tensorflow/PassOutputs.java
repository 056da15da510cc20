package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.ndarray.buffer.IntDataBuffer;

/**
 * What a pass is asked of the output layer, and what came of it. By how much of each output must leave the graph, in this
 * order: its likeliest token, some of the likeliest, those and the logits if need be, all logits.
 */
final class PassOutputs {

    private record Output(Segment segment, int position, int tokenIndex) {}

    private final DecoderNet net;
    /** Of one output; used again. */
    private final float[] logits;

    private final List<Segment> segments;
    private final List<Output> greedy = new ArrayList<>();
    private final List<Output> top = new ArrayList<>();
    private final List<Output> nucleus = new ArrayList<>();
    private final List<Output> rich = new ArrayList<>();

    PassOutputs(DecoderNet net, float[] logits, List<Segment> segments) {
        this.net = net;
        this.logits = logits;
        this.segments = segments;
        int index = 0;
        for (Segment segment : segments) {
            int scored = segment.scoredTokens();
            for (int i = 0; i < scored; i++) {
                rich.add(new Output(segment, segment.position() + i, index + i));
            }
            index += segment.count();
            if (segment.samples() && scored < segment.count()) {
                of(segment).add(new Output(segment, segment.end() - 1, index - 1));
            }
        }
    }

    private List<Output> of(Segment segment) {
        if (segment.samplesLikeliest()) {
            return greedy;
        }
        return segment.samplesTop() ? top : segment.samplesNucleus() ? nucleus : rich;
    }

    /** The most tokens that a row draws among, at least 1. */
    private int topCount() {
        int wanted = top.stream()
                .mapToInt(output -> output.segment().row().sampling().topK())
                .max()
                .orElse(1);
        return Math.min(nucleus.isEmpty() ? wanted : Segment.TOP_K_MAX, logits.length);
    }

    void feed(PassRunner.Feeds feeds) {
        List<Output> all =
                Stream.of(greedy, top, nucleus, rich).flatMap(List::stream).toList();
        IntDataBuffer indices = feeds.feed(net.outputs, all.size());
        for (int i = 0; i < all.size(); i++) {
            indices.setInt(all.get(i).tokenIndex(), i);
        }
        feeds.feed(net.greedyOutputs).setInt(greedy.size(), 0);
        feeds.feed(net.topOutputs).setInt(top.size() + nucleus.size(), 0);
        feeds.feed(net.topCount).setInt(topCount(), 0);
        feeds.feed(net.firstLogits).setInt(greedy.size() + top.size(), 0);
        FloatDataBuffer temperatures = feeds.feedFloats(net.temperatures, nucleus.size());
        for (int i = 0; i < nucleus.size(); i++) {
            temperatures.setFloat(nucleus.get(i).segment().row().sampling().temperature(), i);
        }
    }

    /** In the order in which {@link #deliver} expects them. */
    static List<Operand<?>> fetches(DecoderNet net) {
        return List.of(
                net.likeliest, net.logitSums, net.hiddenSums, net.logits, net.topTokens, net.topLogits, net.masses);
    }

    void deliver(Result result, PassRunner.Receiver receiver) {
        FloatDataBuffer hiddenSums = floats(result, 2);
        for (int i = 0; i < segments.size(); i++) {
            receiver.onSegment(segments.get(i), Float.isFinite(hiddenSums.getFloat(i)));
        }
        IntDataBuffer likeliest = result.get(0).asRawTensor().data().asInts();
        FloatDataBuffer logitSums = floats(result, 1);
        for (int i = 0; i < greedy.size(); i++) {
            boolean allNumbers = Float.isFinite(logitSums.getFloat(i));
            receiver.onLikeliest(greedy.get(i).segment(), likeliest.getInt(i), allNumbers);
        }
        deliverTop(result, logitSums.offset(greedy.size()), receiver);
        FloatDataBuffer all = floats(result, 3);
        if (all.size() != (long) (nucleus.size() + rich.size()) * logits.length) {
            throw new IllegalStateException("logits left the graph that nobody asked for");
        }
        for (int i = 0; i < rich.size(); i++) {
            receiver.onLogits(rich.get(i).segment(), rich.get(i).position(), read(all, nucleus.size() + i));
        }
    }

    private void deliverTop(Result result, FloatDataBuffer logitSums, PassRunner.Receiver receiver) {
        int count = topCount();
        int[] tokens = new int[count];
        float[] topLogits = new float[count];
        for (int i = 0; i < top.size() + nucleus.size(); i++) {
            result.get(4).asRawTensor().data().asInts().offset((long) i * count).read(tokens);
            floats(result, 5).offset((long) i * count).read(topLogits);
            boolean allNumbers = Float.isFinite(logitSums.getFloat(i));
            if (i < top.size()) {
                receiver.onTop(top.get(i).segment(), tokens, topLogits, allNumbers);
            } else {
                int row = i - top.size();
                double mass = floats(result, 6).getFloat(row);
                receiver.onNucleus(
                        nucleus.get(row).segment(),
                        new PassRunner.Candidates(tokens, topLogits, mass),
                        () -> read(floats(result, 3), row),
                        allNumbers);
            }
        }
    }

    private float[] read(FloatDataBuffer all, int row) {
        all.offset((long) row * logits.length).read(logits);
        return logits;
    }

    private static FloatDataBuffer floats(Result result, int index) {
        return result.get(index).asRawTensor().data().asFloats();
    }
}
