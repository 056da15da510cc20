package io.gondola.cluster;

import com.hazelcast.internal.util.AddressUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** What stands behind the names that an operator gave for schedulers: asked anew each time, since pods come and go. */
final class MemberAddresses {

    /** Where names are looked up. */
    interface Names {
        InetAddress[] find(String host) throws UnknownHostException;
    }

    private final Names names;
    private final boolean isIpv6;

    /** @param isIpv6 what this process listens at: an address of the other kind leads to nobody that it could speak to */
    MemberAddresses(Names names, boolean isIpv6) {
        this.names = names;
        this.isIpv6 = isIpv6;
    }

    static MemberAddresses of(boolean isIpv6) {
        return new MemberAddresses(InetAddress::getAllByName, isIpv6);
    }

    /**
     * The same member by each of its addresses; as it is where it is one, or is not known now.
     *
     * @param member {@code host:port}, {@code [address]:port} or a host alone
     */
    List<String> resolve(String member) {
        AddressUtil.AddressHolder parts = AddressUtil.getAddressHolder(member);
        if (AddressUtil.isIpAddress(parts.getAddress())) {
            return List.of(member);
        }
        List<String> resolved = new ArrayList<>();
        try {
            for (InetAddress address : names.find(parts.getAddress())) {
                if (address instanceof Inet6Address == isIpv6) {
                    resolved.add(toText(address, parts.getPort()));
                }
            }
        } catch (UnknownHostException unknown) {
            // Hazelcast says so when it tries the name itself.
            return List.of(member);
        }
        return resolved.isEmpty() ? List.of(member) : resolved;
    }

    private static String toText(InetAddress address, int port) {
        String host = address instanceof Inet6Address ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
        return port < 0 ? host : host + ":" + port;
    }
}
