package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/** What an operator may write for schedulers, and the addresses that stand behind it. */
class MemberAddressesTest {

    private static final MemberAddresses.Names NAMES = host -> {
        if (!host.equals("schedulers")) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[] {
            InetAddress.getByName("10.1.0.5"), InetAddress.getByName("fd00::5"), InetAddress.getByName("10.1.0.6")
        };
    };

    private final MemberAddresses addresses = new MemberAddresses(NAMES, false);

    @Test
    void aNameIsAllOfItsAddresses() {
        assertThat(addresses.resolve("schedulers:5701")).containsExactly("10.1.0.5:5701", "10.1.0.6:5701");
        assertThat(addresses.resolve("schedulers")).containsExactly("10.1.0.5", "10.1.0.6");
    }

    @Test
    void whoListensAtTheOtherKindTriesThose() {
        assertThat(new MemberAddresses(NAMES, true).resolve("schedulers:5701"))
                .containsExactly("[fd00:0:0:0:0:0:0:5]:5701");
    }

    @Test
    void anAddressStaysAsItIs() {
        assertThat(addresses.resolve("10.2.0.1:5701")).containsExactly("10.2.0.1:5701");
        assertThat(addresses.resolve("[fd00::9]:5701")).containsExactly("[fd00::9]:5701");
    }

    @Test
    void aNameThatIsNotKnownStaysForTheNextTime() {
        assertThat(addresses.resolve("elsewhere:5701")).containsExactly("elsewhere:5701");
    }
}
