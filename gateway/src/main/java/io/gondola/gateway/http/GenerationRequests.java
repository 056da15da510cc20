package io.gondola.gateway.http;

import io.gondola.gateway.openai.TextRequest;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes the generations of client requests: one for each choice of each prompt. Belongs to one event loop. */
final class GenerationRequests {

    private final String gatewayId;
    private final SplittableRandom ids = new SplittableRandom(new SecureRandom().nextLong());

    GenerationRequests(String gatewayId) {
        this.gatewayId = gatewayId;
    }

    /** In the order of the choices' indexes. */
    List<GenerationRequest> of(TextRequest text, long timeoutNanos) {
        List<GenerationRequest> requests = new ArrayList<>(text.generations());
        for (int p = 0; p < text.prompts().size(); p++) {
            TextRequest.Prompt prompt = text.prompts().get(p);
            for (int choice = 0; choice < text.n(); choice++) {
                requests.add(new GenerationRequest(
                        new GenerationRef(new GenerationId(ids.nextLong(), ids.nextLong()), 0),
                        gatewayId,
                        text.model().name(),
                        prompt.tokens(),
                        NO_TOKENS,
                        prompt.maxTokens(),
                        text.stopTokens(),
                        text.samplingOf(p, choice),
                        text.topLogprobs(),
                        text.promptLogprobs(),
                        text.tenant(),
                        text.tenantWeight(),
                        text.requestClass(),
                        timeoutNanos));
            }
        }
        return requests;
    }

    private static final int[] NO_TOKENS = new int[0];
}
