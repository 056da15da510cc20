package io.gondola.worker.engine.tensorflow;

import com.sun.jna.Library;
import com.sun.jna.Native;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Environment variables as libraries in C see them, which Java cannot set. */
final class NativeEnvironment {

    private static final Logger LOG = LoggerFactory.getLogger(NativeEnvironment.class);

    /** The C library's. */
    interface LibC extends Library {
        int setenv(String name, String value, int overwrite);
    }

    private NativeEnvironment() {}

    /** Sets a variable that is not set yet; what the user has set stays. */
    static void set(String name, String value) {
        try {
            Native.load("c", LibC.class).setenv(name, value, 0);
        } catch (UnsatisfiedLinkError absent) {
            LOG.debug("{} is not set", name, absent);
        }
    }
}
