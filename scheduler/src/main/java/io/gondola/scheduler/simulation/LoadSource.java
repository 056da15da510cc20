package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A load as a gateway submits it: what belongs together is one submission, and prompts have tokens. */
final class LoadSource {

    private static final int[] NONE = {};

    private final Iterator<LoadRequest> requests;
    private final String gateway;
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
                    prompt(from, numbers),
                    NONE,
                    from.maxTokens(),
                    NONE,
                    SamplingParams.greedy(),
                    -1,
                    false,
                    from.tenant(),
                    from.tenantWeight(),
                    from.requestClass(),
                    from.timeoutNanos()));
        }
        return submitted;
    }

    /** Prompts begin alike as far as their prefixes do, and then, or without one, like no other. */
    private static int[] prompt(LoadRequest from, long number) {
        int[] tokens = new int[from.promptTokens()];
        int known =
                Math.min(tokens.length, from.prefix().length() / LoadRequest.BLOCK_CHARS * LoadRequest.BLOCK_TOKENS);
        for (int i = 0; i < known; i += LoadRequest.BLOCK_TOKENS) {
            int block = i / LoadRequest.BLOCK_TOKENS * LoadRequest.BLOCK_CHARS;
            int identity = from.prefix()
                    .substring(block, block + LoadRequest.BLOCK_CHARS)
                    .hashCode();
            Arrays.fill(tokens, i, Math.min(known, i + LoadRequest.BLOCK_TOKENS), identity & Integer.MAX_VALUE);
        }
        Arrays.fill(tokens, known, tokens.length, (int) number & Integer.MAX_VALUE);
        return tokens;
    }
}
