package io.gondola.cluster;

import io.gondola.cluster.ClusterConfig.BusTls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates made for one test run, by the JDK's keytool: an authority, what it signed, and one that it did not. */
final class TestCertificates {

    private static final String PASSWORD = "only-for-a-test";
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private final Path directory;
    private final Path store;

    TestCertificates(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        this.store = directory.resolve("all.p12");
        make("authority", "-ext", "bc:c=ca:true");
    }

    /** A process that the authority signed for. */
    BusTls signed(String name) throws IOException, InterruptedException, GeneralSecurityException {
        make(name, "-signer", "authority");
        return pem(name);
    }

    /** A process that signed for itself, and believes the authority. */
    BusTls foreign(String name) throws IOException, InterruptedException, GeneralSecurityException {
        make(name);
        return pem(name);
    }

    private void make(String name, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes());
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool: " + said);
        }
    }

    private BusTls pem(String name) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return new BusTls(
                write(
                        name + "-cert.pem",
                        "CERTIFICATE",
                        keys.getCertificate(name).getEncoded()),
                write(
                        name + "-key.pem",
                        "PRIVATE KEY",
                        keys.getKey(name, PASSWORD.toCharArray()).getEncoded()),
                write("ca.pem", "CERTIFICATE", keys.getCertificate("authority").getEncoded()));
    }

    private String write(String file, String kind, byte[] content) throws IOException {
        String text =
                "-----BEGIN " + kind + "-----\n" + LINES.encodeToString(content) + "\n-----END " + kind + "-----\n";
        return Files.writeString(directory.resolve(file), text).toString();
    }
}
