package io.gondola.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What kind of body a request must have: JSON in UTF-8, not compressed. */
final class ContentRules {

    private ContentRules() {}

    /** 415, or null when the body's kind is right. */
    static @Nullable ErrorReply tryRefuse(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (!isJson(type)) {
            return unsupported("Content-Type must be application/json"
                    + (type == null ? "; the request has none." : ", not " + shortened(type) + "."));
        }
        return tryRefuseEncoding(request);
    }

    /** The same for whoever takes the content for JSON whatever its type: clients of Triton name none. */
    static @Nullable ErrorReply tryRefuseEncoding(HttpServerRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !"identity".equalsIgnoreCase(encoding.trim())) {
            return unsupported(
                    "Content-Encoding " + shortened(encoding) + " is not supported: send the body as it is.");
        }
        return null;
    }

    static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        String[] parts = contentType.split(";", -1);
        if (!parts[0].trim().equalsIgnoreCase("application/json")) {
            return false;
        }
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].trim().toLowerCase(Locale.ROOT).replace("\"", "");
            if (parameter.startsWith("charset=")
                    && !parameter.equals("charset=utf-8")
                    && !parameter.equals("charset=utf8")
                    && !parameter.equals("charset=us-ascii")) {
                return false;
            }
        }
        return true;
    }

    private static ErrorReply unsupported(String message) {
        return ErrorReply.invalid(415, "unsupported_media_type", message);
    }

    private static String shortened(String header) {
        return header.length() <= 80 ? header : header.substring(0, 80) + "...";
    }
}
