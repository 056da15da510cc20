package io.gondola.gateway.openai;

import io.gondola.gateway.text.WellFormedText;
import org.jspecify.annotations.Nullable;

/** An answer that is an error, in OpenAI's shape. Without a stack trace: it is ordinary, and made often. */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String type;
    private final @Nullable String code;
    private final @Nullable String param;

    public ApiException(int status, String type, @Nullable String code, @Nullable String param, String message) {
        super(WellFormedText.of(message), null, false, false);
        this.status = status;
        this.type = type;
        this.code = code;
        this.param = param;
    }

    /** 400 because of one field. */
    public static ApiException invalid(@Nullable String param, String message) {
        return invalid(param, null, message);
    }

    /** 400 because of one field, with a code that programs can read. */
    public static ApiException invalid(@Nullable String param, @Nullable String code, String message) {
        return new ApiException(400, "invalid_request_error", code, param, message);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    public String type() {
        return type;
    }

    public @Nullable String code() {
        return code;
    }

    /** The field of the request that is wrong, like {@code messages[1].content}. */
    public @Nullable String param() {
        return param;
    }

    /** Never null, other than {@link #getMessage}. */
    public String message() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    /** {@code {"error": {"message", "type", "param", "code"}}}. */
    public byte[] toJson() {
        return Json.write(generator -> {
            generator.writeStartObject();
            generator.writeObjectFieldStart("error");
            generator.writeStringField("message", message());
            generator.writeStringField("type", type);
            generator.writeStringField("param", param);
            generator.writeStringField("code", code);
            generator.writeEndObject();
            generator.writeEndObject();
        });
    }
}
