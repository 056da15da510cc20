package io.gondola.worker.runtime;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import java.util.stream.IntStream;

/** A request whose fields default to something harmless. */
final class RequestBuilder {

    static final String MODEL = "toy";

    private final GenerationRef ref;
    private String gatewayId = "gateway-1";
    private int[] prompt = {1, 2, 3};
    private int[] generated = {};
    private int maxTokens = 4;
    private int[] stopTokens = {};
    private SamplingParams sampling = SamplingParams.greedy();
    private int topLogprobs = -1;
    private boolean promptLogprobs;
    private long timeoutNanos = 3_600_000_000_000L;

    private RequestBuilder(GenerationRef ref) {
        this.ref = ref;
    }

    static RequestBuilder request(int number) {
        return request(number, 0);
    }

    static RequestBuilder request(int number, int attempt) {
        return new RequestBuilder(ref(number, attempt));
    }

    static GenerationRef ref(int number, int attempt) {
        return new GenerationRef(new GenerationId(0, number), attempt);
    }

    RequestBuilder gateway(String id) {
        gatewayId = id;
        return this;
    }

    RequestBuilder prompt(int... tokens) {
        prompt = tokens;
        return this;
    }

    RequestBuilder promptOfLength(int length) {
        prompt = IntStream.range(0, length).map(i -> (i * 7 + 3) % 50).toArray();
        return this;
    }

    RequestBuilder generated(int... tokens) {
        generated = tokens;
        return this;
    }

    RequestBuilder maxTokens(int count) {
        maxTokens = count;
        return this;
    }

    RequestBuilder stopTokens(int... tokens) {
        stopTokens = tokens;
        return this;
    }

    RequestBuilder bias(int... tokens) {
        sampling = new SamplingParams(1, 1, 0, 0, 7, 0, 0, 1, tokens, new float[tokens.length]);
        return this;
    }

    RequestBuilder seed(long seed) {
        sampling = new SamplingParams(1, 1, 0, 0, seed, 0, 0, 1, new int[0], new float[0]);
        return this;
    }

    RequestBuilder topLogprobs(int count) {
        topLogprobs = count;
        return this;
    }

    RequestBuilder promptLogprobs() {
        promptLogprobs = true;
        return this;
    }

    RequestBuilder timeoutNanos(long nanos) {
        timeoutNanos = nanos;
        return this;
    }

    GenerationRequest build() {
        return new GenerationRequest(
                ref,
                gatewayId,
                MODEL,
                prompt,
                generated,
                maxTokens,
                stopTokens,
                sampling,
                topLogprobs,
                promptLogprobs,
                "",
                1,
                RequestClass.STANDARD,
                timeoutNanos);
    }
}
