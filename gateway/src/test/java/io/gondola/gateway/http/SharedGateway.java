package io.gondola.gateway.http;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** Tests of a class that share a gateway, with a connection for each test; behind each nothing may be left open. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SharedGateway {

    GatewayHarness harness;
    FakeBackend backend;
    RawClient client;

    /** Starts the gateway of this class. */
    abstract GatewayHarness open() throws Exception;

    @BeforeAll
    final void start() throws Exception {
        harness = open();
        backend = harness.backend;
    }

    @AfterAll
    final void stop() throws Exception {
        harness.close();
    }

    @BeforeEach
    final void connect() throws Exception {
        client = harness.connect();
    }

    @AfterEach
    final void nothingIsLeft() throws Exception {
        client.close();
        harness.awaitMetric(GatewayHarness.OPEN, 0);
        backend.assertQuiet();
    }
}
