package io.gondola.protocol.inference;

/**
 * What a worker loaded a version from. Workers that serve one version must agree in it: by the latest word of an operator,
 * and by the same files.
 *
 * @param fingerprint of its files and settings
 * @param settings that an operator gave in the place of those that lie beside the model; empty for those
 * @param askedMillis when an operator asked for it, in milliseconds since 1970; 0 where the worker found it when it began
 */
public record LoadOrigin(String fingerprint, String settings, long askedMillis) {

    /** Whether an operator has spoken since. */
    public boolean isBefore(LoadOrigin other) {
        return askedMillis < other.askedMillis;
    }

    /** Whether it is the same, or an operator asked for it later than for what serves now. */
    public boolean mayStandBeside(LoadOrigin serving) {
        return serving.isBefore(this) || fingerprint.equals(serving.fingerprint);
    }
}
