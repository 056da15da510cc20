package io.gondola.scheduler.simulation;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a simulated worker has to say after a step: tokens to gateways, ends to all. */
final class SimReport {

    final List<ToScheduler.Finished> finished = new ArrayList<>();
    /** By gateway. */
    final Map<String, List<TokenChunk>> chunks = new TreeMap<>();

    /** The next token of this sequence. */
    void give(SimSequence sequence) {
        GenerationRequest request = sequence.request;
        int[] token = {SimClient.token(request.ref().id(), sequence.given)};
        AttemptStart start = sequence.isStarted ? null : new AttemptStart(sequence.sparedTokens, 0);
        add(request, new TokenChunk(request.ref(), sequence.given, token, List.of(), List.of(), null, "", start));
        sequence.isStarted = true;
        sequence.given++;
    }

    void end(SimSequence sequence, FinishReason reason) {
        GenerationRequest request = sequence.request;
        finished.add(new ToScheduler.Finished(request.ref(), reason, sequence.given));
        add(request, TokenChunk.end(request.ref(), sequence.given, reason, ""));
    }

    private void add(GenerationRequest request, TokenChunk chunk) {
        chunks.computeIfAbsent(request.gatewayId(), gateway -> new ArrayList<>())
                .add(chunk);
    }
}
