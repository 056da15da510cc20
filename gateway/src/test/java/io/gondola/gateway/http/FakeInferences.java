package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatistics.Spent;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.InferenceCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Scheduler and worker of inferences in one, on the event bus, that do nothing but what a test orders. */
final class FakeInferences {

    /** Takes x[?, 2] and gives y[?, 2]. */
    static final String MODEL = "twins";

    /** The life of the owner that it plays. */
    static final long EPOCH = 7;

    private final Vertx vertx;
    private volatile List<TensorModel> models = List.of(twins());
    private final BlockingQueue<InferenceRequest> submits = new LinkedBlockingQueue<>();
    private final BlockingQueue<InferenceId> inquiries = new LinkedBlockingQueue<>();
    private final BlockingQueue<ToInferenceWorker.ChangeModel> changes = new LinkedBlockingQueue<>();
    private volatile long epoch = EPOCH;
    private volatile ModelStatistics statistics = ModelStatistics.NONE;
    private volatile List<String> workers = List.of("worker-1");

    private final BlockingQueue<InferenceId> cancels = new LinkedBlockingQueue<>();

    FakeInferences(Vertx vertx) throws Exception {
        this.vertx = vertx;
        listen(Addresses.inferenceScheduler());
        listen(Addresses.inferenceWorkers());
    }

    private void listen(String address) throws Exception {
        vertx.eventBus()
                .consumer(address, this::onMessage)
                .completion()
                .toCompletionStage()
                .toCompletableFuture()
                .get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private void onMessage(Message<Buffer> message) {
        try {
            if (message.address().equals(Addresses.inferenceWorkers())) {
                if (InferenceCodec.decodeToWorker(message.body()) instanceof ToInferenceWorker.ChangeModel change) {
                    changes.add(change);
                }
                return;
            }
            ToInferenceScheduler decoded = InferenceCodec.decodeToScheduler(message.body());
            if (decoded instanceof ToInferenceScheduler.Submit submit) {
                submits.add(submit.request());
            } else if (decoded instanceof ToInferenceScheduler.Cancel cancel) {
                cancels.addAll(cancel.ids());
            } else if (decoded instanceof ToInferenceScheduler.Inquire inquire) {
                inquiries.addAll(inquire.ids());
            } else if (decoded instanceof ToInferenceScheduler.TellModels tell) {
                send(tell.gatewayId(), models(true));
            }
        } catch (WireFormatException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private static TensorModel twins() {
        Signature signature = new Signature(
                "serving_default",
                List.of(new TensorSpec("x", Datatype.FP32, new long[] {TensorSpec.ANY, 2})),
                List.of(new TensorSpec("y", Datatype.FP32, new long[] {TensorSpec.ANY, 2})));
        return new TensorModel(MODEL, 1, "onnxruntime_onnx", List.of(signature), BatchingSettings.ofSize(8));
    }

    private ToInferenceGateway.Models models(boolean isComplete) {
        List<ModelStatus> statuses = models.stream()
                .map(model -> new ModelStatus(model, 1, statistics))
                .toList();
        return new ToInferenceGateway.Models(epoch, isComplete, statuses, workers);
    }

    /** Another life of the owner, from now on. */
    void become(long newEpoch) {
        epoch = newEpoch;
    }

    /** Tells every gateway of these models; gateways that ask later, too. */
    void tellModels(List<TensorModel> newModels) {
        models = newModels;
        tellModels();
    }

    /** Tells every gateway of the models. */
    void tellModels() {
        publish(models(true));
    }

    /** The same, with these workers. */
    void tellModels(boolean isComplete, String... newWorkers) {
        workers = List.of(newWorkers);
        publish(models(isComplete));
    }

    void tellNoModels(boolean isComplete) {
        publish(new ToInferenceGateway.Models(epoch, isComplete, List.of(), workers));
    }

    /** What the statistics are from now on. */
    void count(long rows, long runs) {
        statistics = new ModelStatistics(
                rows,
                runs,
                1234,
                new Spent(1, 60),
                Spent.NONE,
                new Spent(1, 10),
                new Spent(1, 20),
                new Spent(1, 30),
                new Spent(1, 40),
                List.of(new ModelStatistics.Batches(2, 1, 5, 6, 7)));
    }

    InferenceRequest awaitSubmit() throws InterruptedException {
        return await(submits, "an inference");
    }

    InferenceId awaitInquiry() throws InterruptedException {
        return await(inquiries, "an inquiry");
    }

    ToInferenceWorker.ChangeModel awaitChange() throws InterruptedException {
        return await(changes, "a change of the repository");
    }

    private static <T> T await(BlockingQueue<T> queue, String what) throws InterruptedException {
        T first = queue.poll(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(first).as(what).isNotNull();
        return first;
    }

    void changed(
            ToInferenceWorker.ChangeModel change, String workerId, ToInferenceGateway.Change outcome, String error) {
        send(change.gatewayId(), new ToInferenceGateway.ModelChanged(change.requestId(), workerId, outcome, error));
    }

    void notHere(InferenceRequest request) {
        send(request.gatewayId(), new ToInferenceGateway.NotHere(epoch, List.of(request.id())));
    }

    /** Waits until this one is not wanted any more. */
    void awaitCancel(InferenceRequest request) throws InterruptedException {
        assertThat(cancels.poll(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS))
                .as("a cancellation")
                .isEqualTo(request.id());
    }

    /** Waits until none of these is wanted any more. */
    void awaitCancels(List<InferenceRequest> requests) throws InterruptedException {
        Set<InferenceId> cancelled = new HashSet<>();
        for (int i = 0; i < requests.size(); i++) {
            cancelled.add(cancels.poll(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS));
        }
        assertThat(cancelled)
                .as("cancellations")
                .containsExactlyInAnyOrderElementsOf(
                        requests.stream().map(InferenceRequest::id).toList());
    }

    /** No inference came that was not taken. */
    void assertNoSubmit() {
        assertThat(submits).isEmpty();
    }

    void refuse(InferenceRequest request, Rejection rejection) {
        send(request.gatewayId(), new ToInferenceGateway.Refused(epoch, List.of(request.id()), rejection));
    }

    /** Gives back what came in. */
    void answer(InferenceRequest request) {
        Tensor x = request.inputs().get(0);
        answer(request, new Tensor("y", x.datatype(), x.shape(), x.data()));
    }

    void answer(InferenceRequest request, Tensor output) {
        send(request, List.of(output), null);
    }

    void fail(InferenceRequest request, InferenceFailure failure) {
        send(request, List.of(), failure);
    }

    private void send(InferenceRequest request, List<Tensor> outputs, @Nullable InferenceFailure failure) {
        long version = Math.max(1, request.version());
        InferenceResult result =
                new InferenceResult(request.id(), version, outputs, failure, 1_000, 2_000, request.rows());
        send(request.gatewayId(), new ToInferenceGateway.Results("worker-1", List.of(result)));
    }

    private void publish(ToInferenceGateway message) {
        vertx.eventBus().publish(Addresses.inferenceGateways(), InferenceCodec.encode(message));
    }

    private void send(String gatewayId, ToInferenceGateway message) {
        vertx.eventBus().send(Addresses.inferenceGateway(gatewayId), InferenceCodec.encode(message));
    }
}
