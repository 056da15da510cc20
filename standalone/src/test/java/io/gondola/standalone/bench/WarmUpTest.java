package io.gondola.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a load is made before it counts, by what the virtual machines of both sides say of their compilers. */
class WarmUpTest {

    private static final LoadPlan LOAD = LoadPlan.closedLoop(1, List.of("a request"), 1, 10);

    private final List<Double> slices = new ArrayList<>();
    /** Of the client, slice by slice; nothing behind the last. */
    private List<Long> clientMillis = List.of();
    /** Of the server, slice by slice; nothing behind the last. */
    private List<Long> serverMillis = List.of();

    private long serverTotal;

    private LoadResult run(LoadPlan plan) {
        int slice = slices.size();
        slices.add(plan.seconds());
        serverTotal += slice < serverMillis.size() ? serverMillis.get(slice) : 0;
        long compiling = slice < clientMillis.size() ? clientMillis.get(slice) : 0;
        LoadResult.Percentiles none = new LoadResult.Percentiles(0, 0, 0, 0);
        return new LoadResult(
                plan.seconds(), 1, 0, "", 0, 0, 0, none, none, none, List.of(), 0, new JvmWork(compiling, 0, 0));
    }

    private double warmUp(double secondsMin, double secondsMax) throws Exception {
        return new WarmUp(secondsMin, secondsMax).run(this::run, () -> new JvmWork(serverTotal, 0, 0), LOAD);
    }

    @Test
    void itEndsWhenTheServerHasNothingLeftToCompile() throws Exception {
        serverMillis = List.of(4_000L, 900L, 51L, 50L);
        assertThat(warmUp(0, 60)).isEqualTo(20);
        assertThat(slices).containsExactly(5.0, 5.0, 5.0, 5.0);
    }

    @Test
    void itEndsWhenTheClientHasNothingLeftToCompile() throws Exception {
        clientMillis = List.of(300L, 40L);
        serverMillis = List.of(10L, 20L, 30L);
        assertThat(warmUp(0, 60)).isEqualTo(15);
    }

    @Test
    void aQuietMachineIsWarmedUpForTheLeastTime() throws Exception {
        assertThat(warmUp(10, 60)).isEqualTo(10);
    }

    @Test
    void aMachineThatIsNeverQuietIsWaitedForUpToTheMost() throws Exception {
        serverMillis = List.of(4_000L, 4_000L, 4_000L, 4_000L);
        assertThat(warmUp(0, 12)).isEqualTo(12);
        assertThat(slices).containsExactly(5.0, 5.0, 2.0);
    }

    @Test
    void whereTheServerDoesNotTellTheClientDecides() throws Exception {
        clientMillis = List.of(200L);
        assertThat(new WarmUp(0, 60).run(this::run, () -> null, LOAD)).isEqualTo(10);
    }

    @Test
    void noWarmUpMakesNoLoad() throws Exception {
        assertThat(warmUp(0, 0)).isZero();
        assertThat(slices).isEmpty();
    }
}
