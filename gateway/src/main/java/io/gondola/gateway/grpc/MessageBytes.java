package io.gondola.gateway.grpc;

import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.openai.ApiException;
import io.vertx.grpc.common.GrpcMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** The bytes of a message, unpacked where they came compressed, and never more than a message may have. */
final class MessageBytes {

    static final String IDENTITY = "identity";
    static final String GZIP = "gzip";

    private MessageBytes() {}

    /** Throws {@link ApiException}. */
    static byte[] of(GrpcMessage message, int bytesMax) {
        byte[] payload = message.payload().getBytes();
        return GZIP.equals(message.encoding()) ? unzip(payload, bytesMax) : payload;
    }

    /** By which it is decided where it is read: what is compressed may be large. */
    static int sizeOf(GrpcMessage message) {
        return GZIP.equals(message.encoding())
                ? Integer.MAX_VALUE
                : message.payload().length();
    }

    /** Vert.x's own unpacks without a bound: a message of 4 MB may hold 4 GB. */
    private static byte[] unzip(byte[] zipped, int bytesMax) {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped))) {
            byte[] bytes = in.readNBytes(bytesMax);
            if (in.read() >= 0) {
                throw ErrorReply.bodyTooLarge(bytesMax).error();
            }
            return bytes;
        } catch (IOException malformed) {
            throw ApiException.invalid("message", "the message is not in the gzip format: " + malformed.getMessage());
        }
    }
}
