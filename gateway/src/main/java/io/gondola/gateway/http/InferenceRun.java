package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceAnswer;
import io.gondola.gateway.dispatch.OpenInference;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.tensors.TensorCall;
import org.jspecify.annotations.Nullable;

/**
 * The way of one inference through a gateway, from where it is parsed to its answer. It ends once, counted by how.
 *
 * @param <T> the request as its API has it
 */
public final class InferenceRun<T> {

    private final InferenceRuns runs;
    private final InferenceCaller<T> caller;
    private @Nullable String model;
    private @Nullable OpenInference inference;

    InferenceRun(InferenceRuns runs, InferenceCaller<T> caller) {
        this.runs = runs;
        this.caller = caller;
    }

    void start(RequestParsing.Parsed<T> parsed) {
        T request = parsed.request();
        if (request != null) {
            model = caller.callOf(request).model();
        }
        if (!caller.isAnswerable()) {
            end(Outcome.CANCELLED);
        } else if (request == null) {
            refuse(parsed.requireError());
        } else {
            submit(request);
        }
    }

    private void submit(T request) {
        TensorCall call = caller.callOf(request);
        inference = runs.client()
                .trySubmit(call, caller.arrivedNanos() + call.timeoutNanos(), answer -> onAnswer(request, answer));
        if (inference == null) {
            refuse(ErrorReply.overloaded(
                    "generationsOpenMax", runs.parts().limits().generationsOpenMax()));
        }
    }

    /** The client has left: nobody reads the result. */
    public void onClientGone() {
        OpenInference open = inference;
        if (open != null && open.tryCancel()) {
            end(Outcome.CANCELLED);
        }
    }

    private void onAnswer(T request, InferenceAnswer answer) {
        if (!(answer instanceof InferenceAnswer.Result result)
                || result.result().failure() != null) {
            refuse(InferenceReplies.of(answer));
            return;
        }
        try {
            caller.answer(request, result.result());
        } catch (ApiException cannotHold) {
            refuse(ErrorReply.of(cannotHold));
            return;
        }
        end(Outcome.SUCCESS);
    }

    private void refuse(ErrorReply reply) {
        end(Outcome.ofStatus(reply.error().status()));
        caller.refuse(reply);
    }

    private void end(Outcome outcome) {
        caller.onEnd(outcome, runs.count(model, outcome, caller.arrivedNanos()));
    }
}
