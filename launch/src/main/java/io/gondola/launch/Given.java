package io.gondola.launch;

/**
 * A value as it was given.
 *
 * @param where the option, the variable, or the file and key: what an error has to name
 * @param text the value
 */
public record Given(String where, String text) {

    public UsageException wrong(String what) {
        return new UsageException(where, what);
    }
}
