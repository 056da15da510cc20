package io.gondola.gateway.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.openai.TextRequest;
import io.gondola.gateway.text.ServedModel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What became of a body: a request, or an error and the model it was meant for.
 *
 * @param request null when there is an error
 * @param error null when there is a request
 * @param model the served model's name; null when that cannot be told
 */
record ParsedBody(
        @Nullable TextRequest request,
        @Nullable ErrorReply error,
        @Nullable String model) {

    private static final Logger LOG = LoggerFactory.getLogger(ParsedBody.class);
    private static final JsonFactory JSON = new JsonFactory();

    /** One API's parser. */
    interface Parser {
        TextRequest parse(byte[] body, RequestHeaders headers);
    }

    /** Parses; throws nothing. */
    static ParsedBody of(byte[] body, RequestHeaders headers, Parser parser, ServedModels models) {
        try {
            TextRequest request = parser.parse(body, headers);
            return new ParsedBody(request, null, request.model().name());
        } catch (ApiException invalid) {
            return new ParsedBody(null, ErrorReply.of(invalid), tryFindModel(body, models));
        } catch (RuntimeException | StackOverflowError fault) {
            LOG.error("a body of {} bytes could not be parsed", body.length, fault);
            return new ParsedBody(null, ErrorReply.internal(), tryFindModel(body, models));
        }
    }

    /** The model that a request which is wrong elsewhere names, for the metrics. */
    private static @Nullable String tryFindModel(byte[] body, ServedModels models) {
        String named = null;
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (named == null && json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isModel = "model".equals(json.currentName());
                json.nextToken();
                if (isModel) {
                    named = json.getValueAsString("");
                } else {
                    json.skipChildren();
                }
            }
        } catch (IOException notJson) {
            return null;
        }
        for (ServedModel model : models.all()) {
            boolean isOnly = models.all().size() == 1;
            if (named == null ? isOnly : model.name().equals(named)) {
                return model.name();
            }
        }
        return null;
    }
}
