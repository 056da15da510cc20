package io.gondola.protocol.wire;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.WaitReason;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatus;
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

/** Messages about inferences of every type, from a seed: tensors of all datatypes, of no elements, of no dimensions. */
final class RandomInferenceMessages extends RandomValues {

    RandomInferenceMessages(long seed) {
        super(seed);
    }

    List<ToInferenceScheduler> toScheduler() {
        return List.of(
                new ToInferenceScheduler.Submit(request()),
                new ToInferenceScheduler.Cancel(list(5, this::id)),
                new ToInferenceScheduler.TellModels(text()),
                new ToInferenceScheduler.ModelLoaded(text(), model(), new LoadOrigin(text(), text(), wide())),
                new ToInferenceScheduler.ModelLeaving(text(), text(), wide()),
                new ToInferenceScheduler.BatchDone(text(), text(), wide(), wide(), any(), wide(), statistics()),
                new ToInferenceScheduler.Inquire(text(), list(5, this::id)),
                new ToInferenceScheduler.ModelDraining(text(), text(), wide()),
                new ToInferenceScheduler.WorkerAlive(
                        text(),
                        list(
                                3,
                                () -> new ToInferenceScheduler.Running(
                                        text(), wide(), list(4, this::wide), statistics()))),
                new ToInferenceScheduler.WorkerGone(text()));
    }

    List<ToInferenceWorker> toWorker() {
        List<InferenceRequest> requests = new ArrayList<>(List.of(request()));
        requests.addAll(list(3, this::request));
        List<Long> waits = new ArrayList<>();
        requests.forEach(request -> waits.add(wide()));
        return List.of(
                new ToInferenceWorker.Welcome(text(), wide()),
                new ToInferenceWorker.RunBatch(text(), wide(), wide(), requests, waits),
                new ToInferenceWorker.Released(text(), wide()),
                new ToInferenceWorker.TellModels(),
                new ToInferenceWorker.ChangeModel(id(), text(), text(), random.nextBoolean(), text(), wide()),
                new ToInferenceWorker.LoadAgain(text(), text(), wide()),
                new ToInferenceWorker.Refused(text(), wide(), text()));
    }

    List<ToInferenceGateway> toGateway() {
        Rejection rejection = new Rejection(
                pick(Rejection.Reason.values()), text(), wide(), wide(), wide(), pick(WaitReason.values()));
        return List.of(
                new ToInferenceGateway.Results(text(), list(3, this::result)),
                new ToInferenceGateway.Refused(wide(), list(4, this::id), rejection),
                new ToInferenceGateway.NotHere(wide(), list(4, this::id)),
                new ToInferenceGateway.Models(
                        wide(),
                        random.nextBoolean(),
                        list(3, () -> new ModelStatus(model(), any(), statistics())),
                        list(3, this::text)),
                new ToInferenceGateway.ModelChanged(id(), text(), pick(ToInferenceGateway.Change.values()), text()));
    }

    private ModelStatistics statistics() {
        return new ModelStatistics(
                wide(),
                wide(),
                wide(),
                spent(),
                spent(),
                spent(),
                spent(),
                spent(),
                spent(),
                list(3, () -> new ModelStatistics.Batches(wide(), wide(), wide(), wide(), wide())));
    }

    private ModelStatistics.Spent spent() {
        return new ModelStatistics.Spent(wide(), wide());
    }

    private InferenceRequest request() {
        List<Tensor> inputs = new ArrayList<>(List.of(tensor()));
        inputs.addAll(list(2, this::tensor));
        return new InferenceRequest(
                id(),
                text(),
                text(),
                wide() & Long.MAX_VALUE,
                text(),
                inputs,
                list(3, this::text),
                text(),
                1 + random.nextInt(GenerationRequest.TENANT_WEIGHT_MAX),
                pick(RequestClass.values()),
                wide(),
                wide() & Long.MAX_VALUE);
    }

    private InferenceResult result() {
        boolean isFailed = random.nextBoolean();
        return new InferenceResult(
                id(),
                wide(),
                isFailed ? List.of() : list(3, this::tensor),
                isFailed ? new InferenceFailure(pick(InferenceFailure.Kind.values()), text()) : null,
                wide(),
                wide(),
                wide());
    }

    private Tensor tensor() {
        Datatype datatype = pick(Datatype.values());
        long[] shape = random.longs(random.nextInt(4), 0, 4).toArray();
        int elements = (int) Tensor.elements("", shape);
        if (datatype == Datatype.BYTES) {
            byte[][] strings = new byte[elements][];
            for (int i = 0; i < elements; i++) {
                strings[i] = bytes(random.nextInt(5));
            }
            return Tensor.ofStrings(text(), shape, strings);
        }
        return new Tensor(text(), datatype, shape, bytes(elements * datatype.bytes()));
    }

    private TensorModel model() {
        List<Signature> signatures = new ArrayList<>(List.of(signature()));
        signatures.addAll(list(2, this::signature));
        EmbeddingOutput embedding = random.nextBoolean()
                ? null
                : new EmbeddingOutput(text(), random.nextInt(5_000), random.nextBoolean(), text());
        return new TensorModel(text(), 1 + random.nextInt(9), text(), signatures, batching(), embedding);
    }

    private Signature signature() {
        return new Signature(text(), list(3, this::spec), list(3, this::spec));
    }

    private TensorSpec spec() {
        return new TensorSpec(
                text(),
                pick(Datatype.values()),
                random.longs(random.nextInt(5), TensorSpec.ANY, 1_000).toArray());
    }

    private BatchingSettings batching() {
        int max = random.nextInt(100);
        return new BatchingSettings(
                max,
                random.ints(1, max + 1L > 1 ? max + 1 : 2)
                        .limit(max == 0 ? 0 : random.nextInt(4))
                        .sorted()
                        .distinct()
                        .toArray(),
                wide() & Long.MAX_VALUE,
                1 + random.nextInt(BatchingSettings.INSTANCE_COUNT_MAX),
                List.of(policy(), policy(), policy()),
                list(3, this::text));
    }

    private QueuePolicy policy() {
        return new QueuePolicy(
                any() & Integer.MAX_VALUE,
                pick(QueuePolicy.TimeoutAction.values()),
                wide() & Long.MAX_VALUE,
                random.nextBoolean());
    }

    private InferenceId id() {
        return new InferenceId(wide(), wide());
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
