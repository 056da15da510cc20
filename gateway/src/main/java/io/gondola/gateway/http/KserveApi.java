package io.gondola.gateway.http;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.tensors.KserveCall;
import io.gondola.gateway.tensors.KserveRequestReader;
import io.gondola.gateway.tensors.KserveResponse;
import io.gondola.gateway.tensors.KserveTarget;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.protocol.inference.InferenceResult;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** {@code POST /v2/models/NAME[/versions/VERSION]/infer}. */
final class KserveApi implements TensorApi<KserveCall> {

    private static final CharSequence JSON_BYTES = HttpHeaders.createOptimized("inference-header-content-length");
    private static final CharSequence BINARY = HttpHeaders.createOptimized("application/octet-stream");

    private final TensorModels models;
    private final RequestLimits requestLimits;
    private final String model;
    private final long version;

    KserveApi(TensorModels models, RequestLimits requestLimits, String model, long version) {
        this.models = models;
        this.requestLimits = requestLimits;
        this.model = model;
        this.version = version;
    }

    @Override
    public @Nullable ErrorReply tryRefuse(Exchange exchange) {
        return ContentRules.tryRefuseEncoding(exchange.request());
    }

    @Override
    public KserveCall parse(Exchange exchange, byte[] body) {
        RequestHeaders headers = TextRoutes.headersOf(exchange);
        return KserveRequestReader.read(
                body,
                jsonBytes(exchange.request().getHeader(JSON_BYTES)),
                new KserveTarget(
                        models.require(model, version), version, headers, headers.timeoutNanos(requestLimits)));
    }

    private static int jsonBytes(@Nullable String header) {
        if (header == null) {
            return -1;
        }
        try {
            int bytes = Integer.parseInt(header.trim());
            if (bytes >= 0) {
                return bytes;
            }
        } catch (NumberFormatException notANumber) {
            // Falls through to the one message that says what is expected.
        }
        throw ApiException.invalid(
                "Inference-Header-Content-Length",
                "Inference-Header-Content-Length must be the length of the JSON in bytes");
    }

    @Override
    public TensorCall callOf(KserveCall request) {
        return request.call();
    }

    @Override
    public void answer(Exchange exchange, KserveCall request, InferenceResult result) {
        KserveResponse response = KserveResponse.of(request, result, models.isBatched(model, result.version()));
        if (response.hasBinary()) {
            exchange.response().putHeader(JSON_BYTES, Integer.toString(response.jsonBytes()));
            exchange.send(200, BINARY, response.body());
        } else {
            exchange.json(200, response.body());
        }
    }
}
