package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.SamplingParams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A load as a gateway submits it: what belongs together is one submission, and prompts have tokens. */
final class LoadSource {

    private static final int[] NONE = {};

    private final Iterator<LoadRequest> requests;
    private final String gateway;
    private final Map<Integer, int[]> prompts = new HashMap<>();
    private @Nullable LoadRequest ahead;
    private long numbers;

    LoadSource(Load load, String gateway) {
        requests = load.requests();
        this.gateway = gateway;
        ahead = tryNext();
    }

    private @Nullable LoadRequest tryNext() {
        return requests.hasNext() ? requests.next() : null;
    }

    /** The next submission; empty at the end. */
    List<LoadRequest> next() {
        LoadRequest first = ahead;
        if (first == null) {
            return List.of();
        }
        ahead = tryNext();
        LoadRequest following = ahead;
        if (following == null || !following.isJoined()) {
            return List.of(first);
        }
        List<LoadRequest> together = new ArrayList<>(List.of(first));
        while (following != null && following.isJoined()) {
            together.add(following);
            following = tryNext();
        }
        ahead = following;
        return together;
    }

    /** First attempts, numbered in the order of arrival. */
    List<GenerationRequest> toRequests(List<LoadRequest> together) {
        List<GenerationRequest> submitted = new ArrayList<>(together.size());
        for (LoadRequest from : together) {
            submitted.add(new GenerationRequest(
                    new GenerationRef(new GenerationId(0, numbers++), 0),
                    gateway,
                    SimWorld.MODEL,
                    prompts.computeIfAbsent(from.promptTokens(), int[]::new),
                    NONE,
                    from.maxTokens(),
                    NONE,
                    SamplingParams.greedy(),
                    -1,
                    false,
                    from.tenant(),
                    from.requestClass(),
                    from.timeoutNanos()));
        }
        return submitted;
    }
}
