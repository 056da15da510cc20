package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunMetadata;

/**
 * Where the time of some runs of the graph went, by kind of operation, as TensorFlow's tracing tells. Tracing itself takes
 * time, a few microseconds for each operation, so that the sum is more than an untraced run takes.
 */
public final class OperationTimes {

    /**
     * All operations of a kind.
     *
     * @param kind as TensorFlow calls it
     * @param count of operations in one run, on average
     * @param micros of them all in one run, on average
     */
    public record Kind(String kind, double count, double micros) {}

    private final Map<String, long[]> countAndNanos = new HashMap<>();
    private int runs;

    synchronized void add(RunMetadata run) {
        runs++;
        for (DeviceStepStats device : run.getStepStats().getDevStatsList()) {
            for (NodeExecStats node : device.getNodeStatsList()) {
                long[] sums = countAndNanos.computeIfAbsent(kind(node), name -> new long[2]);
                sums[0]++;
                sums[1] += node.getOpEndRelNanos() - node.getOpStartRelNanos();
            }
        }
    }

    /** The label reads {@code name = Kind(inputs)}. */
    private static String kind(NodeExecStats node) {
        String label = node.getTimelineLabel();
        int start = label.indexOf(" = ");
        int end = label.indexOf('(', Math.max(0, start));
        return start < 0 || end < 0 ? node.getNodeName() : label.substring(start + 3, end);
    }

    public int runs() {
        return runs;
    }

    /** The kinds that take longest first. */
    public List<Kind> kinds() {
        List<Kind> kinds = new ArrayList<>();
        countAndNanos.forEach((kind, sums) -> kinds.add(new Kind(kind, (double) sums[0] / runs, sums[1] / 1e3 / runs)));
        kinds.sort(Comparator.comparingDouble(Kind::micros).reversed());
        return kinds;
    }
}
