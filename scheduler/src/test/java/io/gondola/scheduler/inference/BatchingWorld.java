package io.gondola.scheduler.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A core, a clock that is moved by hand, and what the core wanted done. */
final class BatchingWorld {

    static final long MILLI = 1_000_000L;
    static final String MODEL = "m";

    /** A batch as its worker was given it. */
    record Run(String workerId, ToInferenceWorker.RunBatch message, long atNanos) {
        List<Long> numbers() {
            return message.requests().stream()
                    .map(request -> request.id().low())
                    .toList();
        }
    }

    /** A refusal as its gateway was told it. */
    record Refusal(long number, Rejection rejection) {}

    final List<Run> runs = new ArrayList<>();
    final List<Refusal> refusals = new ArrayList<>();
    final List<InferenceEffect> effects = new ArrayList<>();
    private final InferenceCore core;
    private long nowNanos;

    BatchingWorld() {
        this(InferenceLimits.defaults().withYoungNanos(0));
    }

    BatchingWorld(InferenceLimits limits) {
        core = new InferenceCore(limits, 1);
    }

    InferenceCore core() {
        return core;
    }

    long nowNanos() {
        return nowNanos;
    }

    /** Settings of batches up to a size, with the default delay of 2 ms. */
    static BatchingSettings batching(int maxBatchSize, int... preferred) {
        return new BatchingSettings(
                maxBatchSize,
                preferred,
                BatchingSettings.MAX_QUEUE_DELAY_NANOS_DEFAULT,
                1,
                List.of(QueuePolicy.OPEN, QueuePolicy.OPEN, QueuePolicy.OPEN),
                List.of());
    }

    static BatchingSettings withInstances(BatchingSettings batching, int instances) {
        return new BatchingSettings(
                batching.maxBatchSize(),
                batching.preferredBatchSizes(),
                batching.maxQueueDelayNanos(),
                instances,
                batching.queuePolicies(),
                batching.paddedInputs());
    }

    static BatchingSettings withPolicy(BatchingSettings batching, QueuePolicy policy) {
        return new BatchingSettings(
                batching.maxBatchSize(),
                batching.preferredBatchSizes(),
                batching.maxQueueDelayNanos(),
                batching.instanceCount(),
                List.of(policy, policy, policy),
                batching.paddedInputs());
    }

    static BatchingSettings withPadding(BatchingSettings batching, String... inputs) {
        return new BatchingSettings(
                batching.maxBatchSize(),
                batching.preferredBatchSizes(),
                batching.maxQueueDelayNanos(),
                batching.instanceCount(),
                batching.queuePolicies(),
                List.of(inputs));
    }

    static TensorModel model(long version, BatchingSettings batching) {
        TensorSpec input = new TensorSpec("x", Datatype.UINT8, new long[] {TensorSpec.ANY, TensorSpec.ANY});
        Signature signature = new Signature("serving_default", List.of(input), List.of(input));
        return new TensorModel(MODEL, version, "test", List.of(signature), batching);
    }

    /** A worker loads version 1. */
    BatchingWorld worker(String workerId, BatchingSettings batching) {
        return worker(workerId, 1, batching);
    }

    BatchingWorld worker(String workerId, long version, BatchingSettings batching) {
        return worker(workerId, version, batching, new LoadOrigin("files", "", 0));
    }

    BatchingWorld worker(String workerId, long version, BatchingSettings batching, LoadOrigin origin) {
        tell(new ToInferenceScheduler.ModelLoaded(workerId, model(version, batching), origin));
        return this;
    }

    /** A request under construction. */
    final class Ask {
        private final long number;
        private long[] shape = {1, 4};
        private String tenant = "";
        private int tenantWeight = 1;
        private RequestClass requestClass = RequestClass.STANDARD;
        private long timeoutNanos = 60_000 * MILLI;
        private long queueTimeoutNanos;
        private long version;
        private List<String> outputs = List.of();

        private Ask(long number) {
            this.number = number;
        }

        Ask rows(long rows) {
            shape[0] = rows;
            return this;
        }

        Ask width(long width) {
            shape[1] = width;
            return this;
        }

        Ask tenant(String name) {
            tenant = name;
            return this;
        }

        Ask weight(int weight) {
            tenantWeight = weight;
            return this;
        }

        Ask ofClass(RequestClass wanted) {
            requestClass = wanted;
            return this;
        }

        Ask timeoutMillis(long millis) {
            timeoutNanos = millis * MILLI;
            return this;
        }

        Ask queueTimeoutMillis(long millis) {
            queueTimeoutNanos = millis * MILLI;
            return this;
        }

        Ask version(long wanted) {
            version = wanted;
            return this;
        }

        Ask outputs(String... names) {
            outputs = List.of(names);
            return this;
        }

        InferenceRequest request() {
            byte[] data = new byte[(int) (shape[0] * shape[1])];
            return new InferenceRequest(
                    new InferenceId(0, number),
                    "gw",
                    MODEL,
                    version,
                    "",
                    List.of(new Tensor("x", Datatype.UINT8, shape, data)),
                    outputs,
                    tenant,
                    tenantWeight,
                    requestClass,
                    timeoutNanos,
                    queueTimeoutNanos);
        }

        void submit() {
            tell(new ToInferenceScheduler.Submit(request()));
        }
    }

    Ask ask(long number) {
        return new Ask(number);
    }

    /** Submits plain requests of one row. */
    BatchingWorld submit(long... numbers) {
        for (long number : numbers) {
            ask(number).submit();
        }
        return this;
    }

    void cancel(long number) {
        tell(new ToInferenceScheduler.Cancel(List.of(new InferenceId(0, number))));
    }

    /** The worker of a run says that it is done. */
    void finish(Run run) {
        ToInferenceWorker.RunBatch batch = run.message();
        tell(new ToInferenceScheduler.BatchDone(
                run.workerId(),
                batch.model(),
                batch.version(),
                batch.batchId(),
                1,
                nowNanos - run.atNanos(),
                ModelStatistics.NONE));
    }

    /** A worker says that it lives and has these runs. */
    void alive(String workerId, Run... running) {
        List<Long> batchIds = new ArrayList<>();
        for (Run run : running) {
            batchIds.add(run.message().batchId());
        }
        tell(new ToInferenceScheduler.WorkerAlive(
                workerId, List.of(new ToInferenceScheduler.Running(MODEL, 1, batchIds, ModelStatistics.NONE))));
    }

    Run lastRun() {
        return runs.get(runs.size() - 1);
    }

    /** Runs that began since the last call. */
    List<Run> takeRuns() {
        List<Run> taken = List.copyOf(runs);
        runs.clear();
        return taken;
    }

    void tell(ToInferenceScheduler message) {
        note(core.on(new InferenceEvent.Received(message), nowNanos));
    }

    void gatewayLost(String nodeId) {
        note(core.on(new InferenceEvent.GatewayLost(nodeId), nowNanos));
    }

    /** These workers are there, as far as the cluster can tell. */
    void present(String... workerIds) {
        note(core.on(new InferenceEvent.WorkersPresent(Set.of(workerIds)), nowNanos));
    }

    /** What gateways were told of the models last. */
    ToInferenceGateway.Models lastModels() {
        ToInferenceGateway.Models last = null;
        for (InferenceEffect effect : effects) {
            if (effect instanceof InferenceEffect.TellGateways tell
                    && tell.message() instanceof ToInferenceGateway.Models models) {
                last = models;
            }
        }
        assertThat(last).as("models told").isNotNull();
        return last;
    }

    /** Moves the clock; the core is woken whenever it asked for it. */
    void passMillis(double millis) {
        long endNanos = nowNanos + Math.round(millis * MILLI);
        int wakes = 0;
        while (core.nextDueNanos() <= endNanos) {
            nowNanos = Math.max(nowNanos, core.nextDueNanos());
            note(core.on(new InferenceEvent.TimePassed(), nowNanos));
            assertThat(++wakes).as("wakes without progress").isLessThan(100_000);
        }
        nowNanos = endNanos;
    }

    /** The clock goes on, and nobody wakes the core meanwhile. */
    void sleepMillis(long millis) {
        nowNanos += millis * MILLI;
    }

    private void note(List<InferenceEffect> news) {
        effects.addAll(news);
        for (InferenceEffect effect : news) {
            if (effect instanceof InferenceEffect.TellWorker tell
                    && tell.message() instanceof ToInferenceWorker.RunBatch run) {
                runs.add(new Run(tell.workerId(), run, nowNanos));
            } else if (effect instanceof InferenceEffect.TellGateway tell
                    && tell.message() instanceof ToInferenceGateway.Refused refused) {
                refused.ids().forEach(id -> refusals.add(new Refusal(id.low(), refused.rejection())));
            }
        }
    }
}
