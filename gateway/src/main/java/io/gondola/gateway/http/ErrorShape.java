package io.gondola.gateway.http;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.tensors.KserveMetadata;
import org.jspecify.annotations.Nullable;

/** How an error looks: each protocol has a shape of its own, and a path belongs to one, whatever goes wrong on it. */
enum ErrorShape {
    /** {@code {"error": {"message", "type", "param", "code"}}}. */
    OPENAI {
        @Override
        byte[] write(ApiException error) {
            return error.toJson();
        }
    },
    /** {@code {"error": "..."}}, as KServe and Triton have it. */
    KSERVE {
        @Override
        byte[] write(ApiException error) {
            return KserveMetadata.error(error.message());
        }
    };

    static final String KSERVE_PATH = "/v2";
    static final String PREDICT_PATH = "/predict";

    /** The body of an error. */
    abstract byte[] write(ApiException error);

    /** The shape of all errors at a path, be it known or not, well-formed or not. */
    static ErrorShape ofPath(@Nullable String path) {
        return path != null
                        && (path.equals(PREDICT_PATH) || path.equals(KSERVE_PATH) || path.startsWith(KSERVE_PATH + "/"))
                ? KSERVE
                : OPENAI;
    }
}
