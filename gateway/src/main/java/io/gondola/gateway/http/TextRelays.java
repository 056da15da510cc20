package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.SchedulerClient;
import io.gondola.gateway.openai.TextRequest;

/** Text by other protocols than HTTP, on the way of all other generations of one event loop. */
public final class TextRelays {

    private final SchedulerClient client;
    private final GenerationRequests requests;
    private final CallParts parts;

    TextRelays(SchedulerClient client, GenerationRequests requests, CallParts parts) {
        this.client = client;
        this.requests = requests;
        this.parts = parts;
    }

    /** Makes a call, to be started by whoever made it. */
    public RelayedCall newCall(RelayedCall.Receiver receiver, TextRequest request) {
        return new RelayedCall(receiver, request, parts, call -> call.start(client, requests));
    }
}
