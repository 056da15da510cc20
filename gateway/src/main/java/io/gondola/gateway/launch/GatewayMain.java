package io.gondola.gateway.launch;

import io.gondola.launch.Command;
import io.gondola.launch.Launcher;

/** {@code ./gondola gateway}. */
public final class GatewayMain {

    private GatewayMain() {}

    public static void main(String[] args) {
        Launcher.main(Command.GATEWAY, args, GatewayProcess::open);
    }
}
