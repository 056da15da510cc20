package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A process of its own that loads two models and prints what was resident before the second, and after, in bytes. */
final class ResidentMemory {

    static final EngineOptions OPTIONS =
            EngineOptions.ofSlots(2).withContextTokensMax(256).withThreads(2);

    private ResidentMemory() {}

    /** @param args the precision, a tiny model, which makes the baseline, and the model to be weighed */
    public static void main(String[] args) throws Exception {
        EngineOptions options = OPTIONS.withPrecision(Precision.valueOf(args[0]));
        try (TensorFlowEngine tiny = load(args[1], options)) {
            long before = residentBytes();
            try (TensorFlowEngine weighed = load(args[2], options)) {
                System.out.println("resident " + before + " " + residentBytes());
                weighed.release(0);
            }
            tiny.release(0);
        }
    }

    /** Generations of mixed shapes, four at a time; prefixes are kept and reused. */
    static final class Soak {

        private static final int WARM_UP_BATCHES = 120;
        private static final int BATCHES = 250;
        private static final int OUTPUT_TOKENS = 4;
        /** Few, because oneDNN keeps code for some thousand shapes, which the warm-up must have seen. */
        private static final int[] LENGTHS = {1, 9, 22, 40, 61};

        private Soak() {}

        /** @param args the model */
        public static void main(String[] args) throws Exception {
            Random random = new Random(5);
            try (TensorFlowEngine engine = load(args[0], OPTIONS.withSlots(4))) {
                run(engine, WARM_UP_BATCHES, random);
                long before = residentBytes();
                run(engine, BATCHES, random);
                System.out.println("resident " + before + " " + residentBytes());
            }
        }

        private static void run(TensorFlowEngine engine, int batches, Random random) throws EngineException {
            for (int batch = 0; batch < batches; batch++) {
                List<Ride> rides = new ArrayList<>();
                for (int slot = 0; slot < 4; slot++) {
                    // Every third batch begins as others before it.
                    long seed = batch % 3 == 0 ? slot : random.nextLong();
                    int[] prompt = new Random(seed)
                            .ints(LENGTHS[batch % LENGTHS.length] + slot, 0, 500)
                            .toArray();
                    SamplingParams sampling = new SamplingParams(
                            random.nextInt(3) / 2f,
                            1,
                            random.nextInt(2) * 30,
                            0,
                            batch,
                            0,
                            0,
                            1,
                            new int[0],
                            new float[0]);
                    Ride ride = new Ride(prompt, OUTPUT_TOKENS, sampling);
                    ride.slot = slot;
                    ride.position = engine.reuse(slot, prompt, prompt.length - 1);
                    rides.add(ride);
                }
                while (!rides.get(0).isDone()) {
                    List<StepRow> rows =
                            rides.stream().map(ride -> ride.next(64)).toList();
                    List<RowResult> results = engine.step(new StepBatch(rows)).rows();
                    for (int i = 0; i < rows.size(); i++) {
                        rides.get(i).onResult(rows.get(i), results.get(i));
                    }
                }
                rides.forEach(ride -> engine.releaseForReuse(ride.slot));
            }
        }
    }

    private static TensorFlowEngine load(String directory, EngineOptions options) throws EngineException {
        TensorFlowEngine engine = TensorFlowEngine.load("m", Path.of(directory), options, LoadProgress.NONE);
        int[] prompt = {1, 2, 3, 4, 5, 6, 7, 8};
        engine.step(new StepBatch(List.of(new StepRow(0, prompt, 8, 0, 8, true, SamplingParams.greedy(), -1, false))));
        return engine;
    }

    private static long residentBytes() throws IOException {
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
