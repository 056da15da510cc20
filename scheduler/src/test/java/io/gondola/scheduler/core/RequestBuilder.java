package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;

/** A request of a test: everything has a harmless default. */
public final class RequestBuilder {

    public static final long SECOND = 1_000_000_000L;
    public static final String MODEL = "m";

    private final long id;
    private int attempt;
    private String gateway = "gw";
    private int[] prompt = new int[10];
    private int[] generated = new int[0];
    private int max = 10;
    private String tenant = "";
    private int weight = 1;
    private RequestClass requestClass = RequestClass.STANDARD;
    private long timeoutNanos = 3_600 * SECOND;

    private RequestBuilder(long id) {
        this.id = id;
    }

    public static RequestBuilder request(long id) {
        return new RequestBuilder(id);
    }

    public static GenerationRef ref(long id, int attempt) {
        return new GenerationRef(new GenerationId(7, id), attempt);
    }

    public RequestBuilder attempt(int value) {
        attempt = value;
        return this;
    }

    public RequestBuilder gateway(String value) {
        gateway = value;
        return this;
    }

    /** Prompt tokens and most output tokens. */
    public RequestBuilder tokens(int promptTokens, int maxTokens) {
        prompt = new int[promptTokens];
        max = maxTokens;
        return this;
    }

    public RequestBuilder prompt(int[] tokens) {
        prompt = tokens;
        return this;
    }

    public RequestBuilder generated(int count) {
        generated = new int[count];
        return this;
    }

    public RequestBuilder tenant(String value) {
        tenant = value;
        return this;
    }

    public RequestBuilder weight(int value) {
        weight = value;
        return this;
    }

    public RequestBuilder of(RequestClass value) {
        requestClass = value;
        return this;
    }

    public RequestBuilder timeout(long nanos) {
        timeoutNanos = nanos;
        return this;
    }

    public GenerationRequest build() {
        return new GenerationRequest(
                ref(id, attempt),
                gateway,
                MODEL,
                prompt,
                generated,
                max,
                new int[0],
                SamplingParams.greedy(),
                -1,
                false,
                tenant,
                weight,
                requestClass,
                timeoutNanos);
    }
}
