package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.GenerationFailure;
import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.Rejection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An error and when to try again: how what goes wrong behind the gateway looks to a client.
 *
 * @param retryAfterSeconds the header {@code Retry-After}; 0 for none
 */
public record ErrorReply(ApiException error, long retryAfterSeconds) {

    private static final String INVALID_REQUEST = "invalid_request_error";
    private static final String SERVER_ERROR = "server_error";
    /** Ends the names of limits in nanoseconds, which nobody reads. */
    private static final String NANOS_LIMIT = "NanosMax";

    public static ErrorReply of(ApiException error) {
        return new ErrorReply(error, 0);
    }

    /** 4xx because of the request as HTTP. */
    public static ErrorReply invalid(int status, @Nullable String code, String message) {
        return of(new ApiException(status, INVALID_REQUEST, code, null, message));
    }

    /** 503 because a limit of this process is met. */
    public static ErrorReply overloaded(String limitName, long limit) {
        return unavailable(
                "overloaded", "The server is at its limit of " + limit + " (" + limitName + "). Try again shortly.", 1);
    }

    /** 413. */
    public static ErrorReply bodyTooLarge(int bytesMax) {
        return invalid(413, "body_too_large", "The body is larger than " + bytesMax + " bytes (bodyBytesMax).");
    }

    /** 408. */
    public static ErrorReply bodyTooSlow(long millisMax) {
        return invalid(408, "request_timeout", "The body took longer than " + millisMax + " ms (bodyMillis).");
    }

    /** 503 because the process ends. */
    public static ErrorReply closing() {
        return unavailable("shutting_down", "The server is shutting down.", 1);
    }

    public static ErrorReply internal() {
        return of(new ApiException(500, SERVER_ERROR, "internal_error", null, "The server failed. This is its fault."));
    }

    public static ErrorReply deadline() {
        return of(new ApiException(
                504, "timeout_error", "deadline_exceeded", null, "The request's deadline passed before it was done."));
    }

    static ErrorReply of(GenerationFailure failure) {
        if (failure instanceof GenerationFailure.Rejected rejected) {
            return of(rejected.rejection());
        } else if (failure instanceof GenerationFailure.EngineFailed engine) {
            String message = engine.message().isEmpty() ? "The model could not go on." : engine.message();
            return of(new ApiException(500, SERVER_ERROR, "engine_error", null, message));
        } else if (failure instanceof GenerationFailure.DeadlinePassed) {
            return deadline();
        } else if (failure instanceof GenerationFailure.Unanswered unanswered) {
            return unavailable(
                    "scheduler_unavailable",
                    "No scheduler answered within " + unanswered.timeoutMillis() + " ms (acceptTimeoutMillis).",
                    1);
        } else if (failure instanceof GenerationFailure.AttemptsExhausted exhausted) {
            return unavailable(
                    "worker_lost",
                    "The worker was lost, and so were the next: " + exhausted.attempts()
                            + " attempts were made (attemptsMax).",
                    1);
        } else if (failure instanceof GenerationFailure.Closing) {
            return closing();
        }
        return internal();
    }

    private static ErrorReply of(Rejection rejection) {
        switch (rejection.reason()) {
            case QUEUE_REQUESTS_FULL:
                return queueFull("requests", rejection);
            case QUEUE_TOKENS_FULL:
                return queueFull("tokens", rejection);
            case TOO_LARGE:
                return of(tooLarge(rejection));
            case DEADLINE:
                return deadline();
            case NO_WORKER:
                return unavailable(
                        "no_worker",
                        "No worker serves this model at the moment, and what may wait for one is limited: "
                                + limit(rejection) + ".",
                        retryAfterSeconds(rejection));
            case CANNOT_MAKE_DEADLINE:
                return tooLate(rejection);
            case UNKNOWN_MODEL:
                return of(new ApiException(
                        404, INVALID_REQUEST, "model_not_found", "model", "No scheduler knows this model."));
            default:
                return internal();
        }
    }

    /** What is too large depends on the limit: the number of choices, the prompts together, or one generation. */
    private static ApiException tooLarge(Rejection rejection) {
        switch (rejection.limitName()) {
            case "queueRequestsMax":
            case "interactiveRequestsMax":
            case "standardRequestsMax":
            case "batchRequestsMax":
            case "tenantRequestsMax":
            case "generationsPerSubmitMax":
                return new ApiException(
                        400,
                        INVALID_REQUEST,
                        "invalid_value",
                        "n",
                        "Invalid 'n': prompts times choices are more than one request may have: " + limit(rejection)
                                + ".");
            case "queueTokensMax":
            case "interactiveTokensMax":
            case "standardTokensMax":
            case "batchTokensMax":
            case "tenantTokensMax":
                return new ApiException(
                        400,
                        INVALID_REQUEST,
                        "context_length_exceeded",
                        null,
                        "The prompts of all choices together are longer than the queue: " + limit(rejection) + ".");
            default:
                return new ApiException(
                        400,
                        INVALID_REQUEST,
                        "context_length_exceeded",
                        null,
                        "Prompt and output together are larger than any worker can hold: " + limit(rejection) + ".");
        }
    }

    private static ErrorReply queueFull(String type, Rejection rejection) {
        return new ErrorReply(
                new ApiException(
                        429,
                        type,
                        "rate_limit_exceeded",
                        null,
                        "The queue is full: " + limit(rejection) + "." + estimate(rejection)
                                + tryAgain(retryAfterSeconds(rejection))),
                retryAfterSeconds(rejection));
    }

    private static ErrorReply tooLate(Rejection rejection) {
        return new ErrorReply(
                new ApiException(
                        429,
                        "requests",
                        "rate_limit_exceeded",
                        null,
                        "The request cannot be served within its time: " + limit(rejection) + "." + estimate(rejection)
                                + tryAgain(retryAfterSeconds(rejection))),
                retryAfterSeconds(rejection));
    }

    /** In no protocol's words: each has its own place for the number too. */
    static String tryAgain(long seconds) {
        return " Try again in " + seconds + " s.";
    }

    private static String estimate(Rejection rejection) {
        return rejection.estimatedWaitMillis() == 0
                ? " There is no estimate of the wait yet: nothing has ended while others waited."
                : " The estimated wait is " + rejection.estimatedWaitMillis() + " ms.";
    }

    private static ErrorReply unavailable(String code, String message, long retryAfterSeconds) {
        return new ErrorReply(new ApiException(503, SERVER_ERROR, code, null, message), retryAfterSeconds);
    }

    private static String limit(Rejection rejection) {
        if (rejection.limitName().isEmpty()) {
            return "its limit is met";
        }
        String most = rejection.limitName().endsWith(NANOS_LIMIT)
                ? TimeUnit.NANOSECONDS.toSeconds(rejection.limitValue()) + " s"
                : String.valueOf(rejection.limitValue());
        return "at most " + most + " (" + rejection.limitName() + ")";
    }

    /** In whole seconds, rounded up, at least one. */
    private static long retryAfterSeconds(Rejection rejection) {
        long millis = Math.max(1, rejection.retryAfterMillis());
        return (millis + TimeUnit.SECONDS.toMillis(1) - 1) / TimeUnit.SECONDS.toMillis(1);
    }
}
