package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.RequestClass;
import org.junit.jupiter.api.Test;

/** Jain's index in the gauges. */
class FairnessTest {

    private static final long WINDOW_NANOS = SchedulerLimits.defaults().order().fairnessWindowNanos();

    /** A prompt token weighs 1, an output token 2. */
    private static CoreWorld serve(CoreWorld world, long id, String tenant, RequestClass of, int prompt, int output) {
        world.submit(request(id).tenant(tenant).of(of).tokens(prompt, output));
        return world.finish("w", output, ref(id, 0));
    }

    private static CoreWorld world() {
        return new CoreWorld(SchedulerLimits.defaults()).join("w", 4, 1_000);
    }

    private static double index(CoreWorld world, RequestClass of) {
        return world.core.gauges().fairness().of(of);
    }

    @Test
    void itIsOneBeforeAnythingAndWithOneTenantAlone() {
        CoreWorld world = world();
        assertThat(index(world, RequestClass.STANDARD)).isEqualTo(1);
        serve(world, 1, "a", RequestClass.STANDARD, 10, 5).timePasses(WINDOW_NANOS);
        assertThat(index(world, RequestClass.STANDARD)).isEqualTo(1);
    }

    @Test
    void itIsJainsIndexOfWeightedTokensByClass() {
        CoreWorld world = world();
        serve(world, 1, "a", RequestClass.STANDARD, 10, 5);
        serve(world, 2, "b", RequestClass.STANDARD, 20, 20);
        serve(world, 3, "a", RequestClass.BATCH, 10, 10);
        serve(world, 4, "b", RequestClass.BATCH, 26, 2);
        assertThat(index(world, RequestClass.STANDARD)).as("the window goes on").isEqualTo(1);
        world.timePasses(WINDOW_NANOS);
        // 20 and 60: 80 * 80 / (2 * (400 + 3,600)).
        assertThat(index(world, RequestClass.STANDARD)).isCloseTo(0.8, within(1e-9));
        assertThat(index(world, RequestClass.BATCH)).isCloseTo(1, within(1e-9));
        assertThat(index(world, RequestClass.INTERACTIVE)).isEqualTo(1);
        serve(world, 5, "a", RequestClass.STANDARD, 1, 1).timePasses(2 * WINDOW_NANOS);
        assertThat(index(world, RequestClass.STANDARD)).as("another window").isEqualTo(1);
    }

    @Test
    void aTenantThatGetsWhatItsWeightSaysIsTreatedFairly() {
        CoreWorld world = world();
        world.submit(request(1).tenant("a").weight(3).tokens(10, 10)).finish("w", 10, ref(1, 0));
        world.submit(request(2).tenant("b").tokens(4, 3)).finish("w", 3, ref(2, 0));
        world.timePasses(WINDOW_NANOS);
        // 30 and 10 by weights of 3 and 1.
        assertThat(index(world, RequestClass.STANDARD)).isCloseTo(1, within(1e-9));
    }

    @Test
    void whoWaitsAndGetsNothingCounts() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults()).join("w", 1, 1_000);
        world.submit(request(1).tenant("a")).submit(request(2).tenant("b").timeout(3_600 * SECOND));
        world.submit(request(3).of(RequestClass.INTERACTIVE));
        world.finish("w", ref(1, 0)).timePasses(WINDOW_NANOS);
        assertThat(world.core.gauges().queueRequests()).isEqualTo(1);
        assertThat(index(world, RequestClass.STANDARD))
                .as("one of two had everything")
                .isCloseTo(0.5, within(1e-9));
    }

    @Test
    void whatWasLostWithAWorkerGivesNobodyItsPrompt() {
        CoreWorld world = world();
        serve(world, 1, "a", RequestClass.STANDARD, 10, 5);
        world.submit(request(2).tenant("b").tokens(500, 5)).leave("w").timePasses(WINDOW_NANOS);
        assertThat(index(world, RequestClass.STANDARD)).isEqualTo(1);
    }
}
