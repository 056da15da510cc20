package io.gondola.scheduler.simulation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of the traces of simulated worlds, a line for each seed: as a program of its own, to compare two JVMs. */
final class TraceDigests {

    private TraceDigests() {}

    /** @param range the first seed, and the one behind the last */
    public static void main(String[] range) throws NoSuchAlgorithmException {
        for (long seed = Long.parseLong(range[0]); seed < Long.parseLong(range[1]); seed++) {
            System.out.println(of(seed));
        }
    }

    /** Of the whole trace as text. */
    static String of(long seed) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (String line : SimScenario.run(seed, true).world.trace()) {
            digest.update(line.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) '\n');
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
