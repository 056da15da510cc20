package io.gondola.gateway.http;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The names of requests in headers and logs: the client's own where it is fit to be repeated, otherwise a drawn one. */
public final class RequestIds {

    static final int CHARS_MAX = 128;

    private final SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());

    /** The client's, where it is short and plain ASCII without spaces, quotes or controls. */
    public String of(@Nullable String fromClient) {
        return fromClient != null && isPlain(fromClient) ? fromClient : draw();
    }

    private static boolean isPlain(String id) {
        if (id.isEmpty() || id.length() > CHARS_MAX) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean plain = c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>';
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private String draw() {
        return "req_" + hex(random.nextLong()) + hex(random.nextLong());
    }

    private static String hex(long bits) {
        String digits = Long.toHexString(bits);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
