package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.Json;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * An answer of the Open Inference Protocol, REST form.
 *
 * @param body the JSON and, behind it, the binary data of the outputs that have any
 * @param jsonBytes length of the JSON; the whole where there is no binary data
 */
public record KserveResponse(byte[] body, int jsonBytes) {

    /** Whether there is binary data. */
    public boolean hasBinary() {
        return body.length != jsonBytes;
    }

    /** The outputs as they were asked for. */
    public static KserveResponse of(KserveCall call, InferenceResult result, boolean isBatched) {
        List<Tensor> outputs = call.outputsOf(result, isBatched);
        byte[] json = json(call, result, outputs);
        int binaryBytes = outputs.stream()
                .filter(output -> call.wishFor(output.name()).isBinary())
                .mapToInt(output -> output.data().length)
                .sum();
        byte[] body = Arrays.copyOf(json, json.length + binaryBytes);
        int at = json.length;
        for (Tensor output : outputs) {
            if (call.wishFor(output.name()).isBinary()) {
                System.arraycopy(output.data(), 0, body, at, output.data().length);
                at += output.data().length;
            }
        }
        return new KserveResponse(body, json.length);
    }

    private static byte[] json(KserveCall call, InferenceResult result, List<Tensor> outputs) {
        return Json.write(json -> {
            json.writeStartObject();
            String id = call.id();
            if (id != null) {
                json.writeStringField("id", id);
            }
            json.writeStringField("model_name", call.call().model());
            json.writeStringField("model_version", Long.toString(result.version()));
            json.writeArrayFieldStart("outputs");
            for (Tensor output : outputs) {
                json.writeStartObject();
                json.writeStringField("name", output.name());
                json.writeStringField("datatype", output.datatype().name());
                json.writeFieldName("shape");
                json.writeArray(output.shape(), 0, output.shape().length);
                if (call.wishFor(output.name()).isBinary()) {
                    json.writeObjectFieldStart("parameters");
                    json.writeNumberField("binary_data_size", output.data().length);
                    json.writeEndObject();
                } else {
                    json.writeFieldName("data");
                    JsonTensorWriter.flat(json, output);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
