package io.gondola.cluster;

import io.gondola.launch.FreePort;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.UsageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was set about a process's place in its cluster. */
public final class ClusterSettings {

    private static final int PORT_MAX = 65_535;
    /** How long a name's addresses, or that it has none, are remembered: Java takes 30 and 10 s, in which pods come and go. */
    private static final String NAME_SECONDS_MAX = "1";

    private static final String MEMBER_PATTERN = "(\\[[0-9A-Fa-f:]+]|[^:\\s]+):[0-9]{1,5}";

    private ClusterSettings() {}

    /** To be called before the process looks up any name: Java asks once, by then, for how long it may remember them. */
    public static ClusterConfig read(Settings settings) throws UsageException {
        Security.setProperty("networkaddress.cache.ttl", NAME_SECONDS_MAX);
        Security.setProperty("networkaddress.cache.negative.ttl", NAME_SECONDS_MAX);
        String host = settings.text(Setting.CLUSTER_HOST);
        requireOwn(settings, host);
        int clusterPort = port(settings, Setting.CLUSTER_PORT, host);
        if (settings.isGiven(Setting.CLUSTER_MEMBERS) && settings.isGiven(Setting.CLUSTER_DNS)) {
            throw settings.one(Setting.CLUSTER_DNS).wrong("give either this or --cluster-members");
        }
        String dns = settings.isGiven(Setting.CLUSTER_DNS) ? settings.text(Setting.CLUSTER_DNS) : "";
        int dnsPort = clusterPort;
        if (dns.matches(MEMBER_PATTERN)) {
            int colon = dns.lastIndexOf(':');
            dnsPort = Integer.parseInt(dns.substring(colon + 1));
            dns = dns.substring(0, colon);
        } else if (dns.contains(":")) {
            throw settings.one(Setting.CLUSTER_DNS).wrong("expected NAME or NAME:PORT, not '" + dns + "'");
        }
        return new ClusterConfig(
                settings.text(Setting.CLUSTER_NAME),
                dns.isEmpty() ? members(settings, host, clusterPort) : List.of(),
                dns,
                dnsPort,
                host,
                settings.isGiven(Setting.CLUSTER_PUBLIC_HOST) ? settings.text(Setting.CLUSTER_PUBLIC_HOST) : host,
                clusterPort,
                port(settings, Setting.BUS_PORT, host),
                tls(settings));
    }

    /** Otherwise Hazelcast says so, with the traces of two stacks. */
    private static void requireOwn(Settings settings, String host) throws UsageException {
        try {
            InetAddress address = InetAddress.getByName(host);
            if (!address.isAnyLocalAddress() && NetworkInterface.getByInetAddress(address) == null) {
                throw settings.one(Setting.CLUSTER_HOST).wrong("no network interface here has the address " + host);
            }
        } catch (IOException cannot) {
            throw cannotListen(settings, host, cannot);
        }
    }

    private static UsageException cannotListen(Settings settings, String host, Exception why) {
        return settings.one(Setting.CLUSTER_HOST).wrong("cannot listen at " + host + ": " + why.getMessage());
    }

    private static List<String> members(Settings settings, String host, int clusterPort) throws UsageException {
        if (!settings.isGiven(Setting.CLUSTER_MEMBERS)) {
            return List.of(host + ":" + clusterPort);
        }
        List<String> members = Arrays.stream(
                        settings.text(Setting.CLUSTER_MEMBERS).split(",", -1))
                .map(String::strip)
                .toList();
        for (String member : members) {
            if (!member.matches(MEMBER_PATTERN)) {
                throw settings.one(Setting.CLUSTER_MEMBERS)
                        .wrong("expected HOST:PORT, separated by commas, not '" + member + "'");
            }
        }
        return members;
    }

    /** 0 becomes a port that is free now: the others are told of it before it is bound. */
    private static int port(Settings settings, Setting setting, String host) throws UsageException {
        int port = settings.integer(setting, 0, PORT_MAX);
        if (port != 0) {
            return port;
        }
        try {
            return FreePort.pick(host);
        } catch (IOException | RuntimeException cannot) {
            throw cannotListen(settings, host, cannot);
        }
    }

    private static ClusterConfig.@Nullable BusTls tls(Settings settings) throws UsageException {
        List<Setting> all = List.of(Setting.CLUSTER_TLS_CERT, Setting.CLUSTER_TLS_KEY, Setting.CLUSTER_TLS_CA);
        if (all.stream().noneMatch(settings::isGiven)) {
            return null;
        }
        for (Setting setting : all) {
            if (!settings.isGiven(setting)) {
                throw settings.one(setting).wrong("must be given too: certificate, key and CA belong together");
            }
            if (!Files.isReadable(settings.path(setting))) {
                throw settings.one(setting).wrong(settings.text(setting) + ": no such file, or not readable");
            }
        }
        return new ClusterConfig.BusTls(
                settings.text(Setting.CLUSTER_TLS_CERT),
                settings.text(Setting.CLUSTER_TLS_KEY),
                settings.text(Setting.CLUSTER_TLS_CA));
    }
}
