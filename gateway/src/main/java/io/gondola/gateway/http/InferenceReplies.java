package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceAnswer;
import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceResult;
import java.util.concurrent.TimeUnit;

/** How an inference that gave no outputs looks to a client. */
public final class InferenceReplies {

    private static final String INVALID_REQUEST = "invalid_request_error";
    private static final double NANOS_PER_MILLI = 1e6;
    private static final String SERVER_ERROR = "server_error";

    private InferenceReplies() {}

    /** The error for an answer that is no success. */
    static ErrorReply of(InferenceAnswer answer) {
        if (answer instanceof InferenceAnswer.Result result && result.result().failure() != null) {
            return of(result.result().failure());
        } else if (answer instanceof InferenceAnswer.Refused refused) {
            return of(refused.rejection());
        } else if (answer instanceof InferenceAnswer.Late) {
            return ErrorReply.deadline();
        } else if (answer instanceof InferenceAnswer.Unheard unheard) {
            return unavailable(
                    "scheduler_unavailable",
                    "No scheduler has been heard of for " + unheard.silenceMillis() + " ms.",
                    1);
        } else if (answer instanceof InferenceAnswer.Closing) {
            return ErrorReply.closing();
        }
        return ErrorReply.internal();
    }

    /** The same of many inferences that one request became: the longest of each. */
    static String timing(
            long tokenizeNanos, long queueNanosMax, long computeNanosMax, int inferences, long batchRowsMax) {
        return "tokenize;dur=" + tokenizeNanos / NANOS_PER_MILLI + ", queue;dur=" + queueNanosMax / NANOS_PER_MILLI
                + ", compute;dur=" + computeNanosMax / NANOS_PER_MILLI + ";desc=\"" + inferences
                + " inputs in batches of up to " + batchRowsMax + "\"";
    }

    /** What an inference waited and computed for, and in which company: {@code Server-Timing}. */
    public static String timing(InferenceResult result) {
        return "queue;dur=" + result.queueNanos() / NANOS_PER_MILLI + ", compute;dur="
                + result.computeNanos() / NANOS_PER_MILLI + ";desc=\"batch of " + result.batchRows() + "\"";
    }

    private static ErrorReply of(InferenceFailure failure) {
        return switch (failure.kind()) {
            case INVALID ->
                ErrorReply.of(new ApiException(400, INVALID_REQUEST, "invalid_value", null, failure.message()));
            case MODEL_FAILED ->
                ErrorReply.of(new ApiException(500, SERVER_ERROR, "engine_error", null, failure.message()));
            case UNAVAILABLE -> unavailable("worker_unavailable", failure.message(), 1);
        };
    }

    private static ErrorReply of(Rejection rejection) {
        String limit = "at most " + rejection.limitValue() + " (" + rejection.limitName() + ")";
        return switch (rejection.reason()) {
            case QUEUE_REQUESTS_FULL -> tooMany("requests", "The queue is full: " + limit, rejection);
            case QUEUE_BYTES_FULL -> tooMany("bytes", "The queue is full: " + limit, rejection);
            case CANNOT_MAKE_DEADLINE ->
                tooMany("requests", "The request cannot be served within its time: " + limit, rejection);
            case TOO_LARGE ->
                ErrorReply.of(new ApiException(
                        400, INVALID_REQUEST, "invalid_value", null, "The request is too large: " + limit + "."));
            case DEADLINE -> ErrorReply.deadline();
            case QUEUE_TIMEOUT ->
                unavailable(
                        "queue_timeout",
                        "Request timeout expired: it waited in the queue for longer than the model's policy lets it.",
                        retryAfterSeconds(rejection));
            case NO_WORKER ->
                unavailable("no_worker", "No worker serves this model at the moment.", retryAfterSeconds(rejection));
            case WORKERS_LOST ->
                unavailable(
                        "worker_lost",
                        "The worker was lost, and so were the next: " + limit + " tries are made.",
                        retryAfterSeconds(rejection));
            case UNKNOWN_MODEL ->
                ErrorReply.of(new ApiException(
                        404, INVALID_REQUEST, "model_not_found", "model", "The model is not served any more."));
            default -> ErrorReply.internal();
        };
    }

    private static ErrorReply tooMany(String type, String what, Rejection rejection) {
        long seconds = retryAfterSeconds(rejection);
        String message = what + ". The estimated wait is " + rejection.estimatedWaitMillis() + " ms."
                + ErrorReply.tryAgain(seconds);
        return new ErrorReply(new ApiException(429, type, "rate_limit_exceeded", null, message), seconds);
    }

    private static ErrorReply unavailable(String code, String message, long retryAfterSeconds) {
        return new ErrorReply(new ApiException(503, SERVER_ERROR, code, null, message), retryAfterSeconds);
    }

    private static long retryAfterSeconds(Rejection rejection) {
        return Math.max(1, (rejection.retryAfterMillis() + 999) / TimeUnit.SECONDS.toMillis(1));
    }
}
