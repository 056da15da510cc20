package io.gondola.gateway.embeddings;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.Json;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/** The answer of {@code POST /v1/embeddings} in OpenAI's shape. CPU work in proportion to the numbers in it. */
public final class EmbeddingResponse {

    private EmbeddingResponse() {}

    /** How many numbers an answer will have. */
    public static long floats(List<Tensor> outputs) {
        long floats = 0;
        for (Tensor output : outputs) {
            floats += output.elements();
        }
        return floats;
    }

    /**
     * The JSON.
     *
     * @param outputs one row each, in the client's order
     * @throws ApiException 500 where the model gave what is no vector, 400 where its vectors are shorter than wanted
     */
    public static byte[] json(EmbeddingBatch batch, List<Tensor> outputs) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (int i = 0; i < outputs.size(); i++) {
                json.writeStartObject();
                json.writeStringField("object", "embedding");
                json.writeNumberField("index", i);
                json.writeFieldName("embedding");
                write(json, vector(batch, i, outputs.get(i)), batch.request().isBase64());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("model", batch.model().name());
            json.writeObjectFieldStart("usage");
            json.writeNumberField("prompt_tokens", batch.promptTokens());
            json.writeNumberField("total_tokens", batch.promptTokens());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, float[] vector, boolean isBase64) throws IOException {
        if (isBase64) {
            ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            json.writeString(Base64.getEncoder().encodeToString(bytes.array()));
            return;
        }
        json.writeStartArray();
        for (float value : vector) {
            json.writeNumber(value);
        }
        json.writeEndArray();
    }

    private static float[] vector(EmbeddingBatch batch, int index, Tensor output) {
        if (output.datatype() != Datatype.FP32 || output.shape().length != 2 || output.rows() != 1) {
            throw failed("The model gave " + output + " for '"
                    + batch.request().inputs().get(index).param() + "'.");
        }
        int wanted = batch.request().dimensions();
        EmbeddingEncoder.requireDimensions(wanted, output.elements());
        float[] vector = new float[wanted == 0 ? output.elements() : wanted];
        ByteBuffer.wrap(output.data())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(vector);
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        if (!Double.isFinite(squares)) {
            throw failed("The model gave no finite vector for '"
                    + batch.request().inputs().get(index).param() + "'.");
        }
        if (vector.length < output.elements() && batch.embedding().isNormalized() && squares > 0) {
            scale(vector, 1 / Math.sqrt(squares));
        }
        return vector;
    }

    private static void scale(float[] vector, double factor) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] * factor);
        }
    }

    private static ApiException failed(String message) {
        return new ApiException(500, "server_error", "engine_error", null, message);
    }
}
