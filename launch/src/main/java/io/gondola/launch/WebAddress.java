package io.gondola.launch;

/** Where something is served, as a person can type it. */
public final class WebAddress {

    private WebAddress() {}

    /** A URL that works on this machine. */
    public static String of(String host, int port) {
        String bare = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
        return "http://" + (bare.indexOf(':') >= 0 ? "[" + bare + "]" : bare) + ":" + port;
    }
}
