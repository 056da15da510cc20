package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.core.SchedulerLimits.Holding;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients are answered while there is no worker: {@code --max-held} and {@code --hold-timeout}, over HTTP. */
@Timeout(60)
class HoldingIT {

    private static final String BODY =
            "{\"model\":\"" + RunningGondola.MODEL + "\",\"prompt\":\"Hello\",\"max_tokens\":2}";

    private static RunningGondola withoutWorker(int heldMax, long holdNanos) throws Exception {
        return RunningGondola.withoutWorker(SchedulerLimits.defaults().withHolding(new Holding(heldMax, holdNanos)));
    }

    private static HttpResponse<String> ask(RunningGondola gondola) {
        try {
            return gondola.post("/v1/completions", BODY);
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void assertNoWorker(HttpResponse<String> answer, String limit) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.body()).contains("\"no_worker\"", limit);
        assertThat(Long.parseLong(answer.headers().firstValue("Retry-After").orElseThrow()))
                .isPositive();
    }

    @Test
    void withHoldingOffEverybodyIsRefusedUntilThereIsAWorker() throws Exception {
        try (RunningGondola gondola = withoutWorker(0, TimeUnit.SECONDS.toNanos(60))) {
            assertNoWorker(ask(gondola), "heldRequestsMax");
            assertNoWorker(ask(gondola), "heldRequestsMax");
            gondola.load();
            assertThat(ask(gondola).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whoIsHeldIsServedByTheFirstWorkerAndOneMoreIsRefused() throws Exception {
        try (RunningGondola gondola = withoutWorker(1, TimeUnit.SECONDS.toNanos(60))) {
            CompletableFuture<HttpResponse<String>> held = CompletableFuture.supplyAsync(() -> ask(gondola));
            gondola.awaitMetric("gondola_demand", 1);
            assertNoWorker(ask(gondola), "at most 1 (heldRequestsMax)");
            gondola.load();
            assertThat(held.get().statusCode()).isEqualTo(200);
            assertThat(held.get().headers().firstValue("Server-Timing").orElseThrow())
                    .contains("queue;dur=", "desc=\"cold_start\"");
        }
    }

    @Test
    void whoIsHeldForTooLongIsRefused() throws Exception {
        try (RunningGondola gondola = withoutWorker(5, TimeUnit.MILLISECONDS.toNanos(50))) {
            HttpResponse<String> late = ask(gondola);
            assertNoWorker(late, "heldNanosMax");
            assertThat(late.headers().firstValue("Server-Timing").orElseThrow()).contains("desc=\"cold_start\"");
        }
    }
}
