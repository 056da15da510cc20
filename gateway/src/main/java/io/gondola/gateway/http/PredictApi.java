package io.gondola.gateway.http;

import io.gondola.gateway.openai.Json;
import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.tensors.JsonTensorWriter;
import io.gondola.gateway.tensors.PredictParser;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /predict}: lists in, lists out. */
final class PredictApi implements TensorApi<TensorCall> {

    private final TensorModels models;
    private final RequestLimits requestLimits;

    PredictApi(TensorModels models, RequestLimits requestLimits) {
        this.models = models;
        this.requestLimits = requestLimits;
    }

    @Override
    public @Nullable ErrorReply tryRefuse(Exchange exchange) {
        return ContentRules.tryRefuse(exchange.request());
    }

    @Override
    public TensorCall parse(Exchange exchange, byte[] body) {
        RequestHeaders headers = TextRoutes.headersOf(exchange);
        return PredictParser.parse(body, models, headers.requestClass(), headers.timeoutNanos(requestLimits))
                .forTenant(headers.tenant(""), headers.tenantWeight());
    }

    @Override
    public TensorCall callOf(TensorCall request) {
        return request;
    }

    @Override
    public void answer(Exchange exchange, TensorCall request, InferenceResult result) {
        exchange.json(200, json(result.outputs()));
    }

    private static byte[] json(List<Tensor> outputs) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeFieldName("result");
            if (outputs.size() == 1) {
                JsonTensorWriter.nested(json, outputs.get(0));
            } else {
                json.writeStartObject();
                for (Tensor output : outputs) {
                    json.writeFieldName(output.name());
                    JsonTensorWriter.nested(json, output);
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }
}
