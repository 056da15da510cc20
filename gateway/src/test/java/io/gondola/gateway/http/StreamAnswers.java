package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelStreamInferResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a stream of inferences gives, to be taken item by item. */
final class StreamAnswers implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {

    private final BlockingQueue<ModelStreamInferResponse> items = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private volatile ClientCallStreamObserver<ModelInferRequest> call;

    private final boolean isReading;

    StreamAnswers() {
        this(true);
    }

    private StreamAnswers(boolean isReading) {
        this.isReading = isReading;
    }

    /** Never asks for an item. */
    static StreamAnswers withoutReading() {
        return new StreamAnswers(false);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ModelInferRequest> started) {
        if (!isReading) {
            started.disableAutoRequestWithInitial(0);
        }
        call = started;
    }

    @Override
    public void onNext(ModelStreamInferResponse item) {
        items.add(item);
    }

    @Override
    public void onError(Throwable failure) {
        end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
        end.complete(Status.OK);
    }

    void cancel() {
        call.cancel("the test has seen enough", null);
    }

    ModelStreamInferResponse next() throws InterruptedException {
        ModelStreamInferResponse item = items.poll(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(item).as("an item; the stream's end: %s", end).isNotNull();
        return item;
    }

    Status end() throws Exception {
        return end.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /** An item that is there; null for none. */
    ModelStreamInferResponse tryNext() {
        return items.poll();
    }
}
