package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ModelStatus;
import java.util.regex.Pattern;

/**
 * What an inference is for and on whose behalf: all of it that does not stand in its body.
 *
 * @param status the model
 * @param version asked for, or {@link io.gondola.protocol.inference.InferenceRequest#LATEST}
 * @param headers who asks, and with which priority where the body does not say
 * @param timeoutNanos until its deadline
 */
public record KserveTarget(ModelStatus status, long version, RequestHeaders headers, long timeoutNanos) {

    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

    /** The version of this name; an empty one leaves it to the server. Throws a 400 for what is no version. */
    public static long version(String text) {
        if (text.isEmpty()) {
            return InferenceRequest.LATEST;
        }
        if (!VERSION.matcher(text).matches()) {
            throw ApiException.invalid("version", "a version is a whole number from 1");
        }
        return Long.parseLong(text);
    }

    /** A 404 for what is no version of a text model: those have one. */
    public static void requireTextVersion(String model, long version) {
        if (version != InferenceRequest.LATEST && version != ServedModel.VERSION) {
            throw unknownVersion(model, version);
        }
    }

    static ApiException unknownVersion(String model, long version) {
        return new ApiException(
                404,
                "invalid_request_error",
                "model_not_found",
                "version",
                "Request for unknown model version: '" + model + "' version " + version + " is not found");
    }
}
