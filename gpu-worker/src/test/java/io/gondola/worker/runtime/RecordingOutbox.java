package io.gondola.worker.runtime;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps what a worker said, after it crossed the wire form there and back. */
final class RecordingOutbox implements Outbox {

    record Frame(String gatewayId, List<TokenChunk> chunks) {}

    final List<Frame> frames = new ArrayList<>();
    final List<ToScheduler.StepReport> reports = new ArrayList<>();

    @Override
    public void toScheduler(ToScheduler.StepReport report) {
        try {
            reports.add((ToScheduler.StepReport) WireCodec.decodeToScheduler(WireCodec.encode(report)));
        } catch (WireFormatException broken) {
            throw new AssertionError(broken);
        }
    }

    @Override
    public void toGateway(String gatewayId, ToGateway message) {
        try {
            ToGateway.TokenFrame frame = (ToGateway.TokenFrame) WireCodec.decodeToGateway(WireCodec.encode(message));
            frames.add(new Frame(gatewayId, frame.chunks()));
        } catch (WireFormatException broken) {
            throw new AssertionError(broken);
        }
    }

    List<TokenChunk> chunks(GenerationRef ref) {
        return frames.stream()
                .flatMap(frame -> frame.chunks().stream())
                .filter(chunk -> chunk.ref().equals(ref))
                .toList();
    }

    /** The output of one attempt, checked to come without gaps or repetition from {@code offset} on. */
    List<Integer> tokens(GenerationRef ref, int offset) {
        List<Integer> tokens = new ArrayList<>();
        for (TokenChunk chunk : chunks(ref)) {
            if (chunk.offset() != offset + tokens.size()) {
                throw new AssertionError("chunk at offset " + chunk.offset() + " after " + tokens.size() + " tokens");
            }
            for (int token : chunk.tokens()) {
                tokens.add(token);
            }
        }
        return tokens;
    }

    List<Integer> tokens(GenerationRef ref) {
        return tokens(ref, 0);
    }

    List<FinishReason> finishes(GenerationRef ref) {
        return chunks(ref).stream()
                .filter(chunk -> chunk.finish() != null)
                .map(TokenChunk::finish)
                .toList();
    }

    Map<GenerationRef, ToScheduler.Finished> finished() {
        Map<GenerationRef, ToScheduler.Finished> all = new TreeMap<>((left, right) -> {
            int byId = left.id().compareTo(right.id());
            return byId != 0 ? byId : Integer.compare(left.attempt(), right.attempt());
        });
        for (ToScheduler.StepReport report : reports) {
            for (ToScheduler.Finished finished : report.finished()) {
                if (all.put(finished.ref(), finished) != null) {
                    throw new AssertionError(finished.ref() + " was reported as finished twice");
                }
            }
        }
        return all;
    }

    ToScheduler.StepReport lastReport() {
        return reports.get(reports.size() - 1);
    }
}
