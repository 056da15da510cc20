package io.gondola.protocol.wire;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.Fenced;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.protocol.WaitReason;
import java.util.ArrayList;
import java.util.List;

/** Messages of every type, from a seed: also empty ones, large ones, extreme values, and text of all planes. */
final class RandomMessages extends RandomValues {

    RandomMessages(long seed) {
        super(seed);
    }

    List<ToScheduler> toScheduler() {
        return List.of(
                new ToScheduler.Submit(list(3, this::request), random.nextBoolean()),
                new ToScheduler.Cancel(list(5, this::ref)),
                new ToScheduler.Census(text(), description(), wide(), wide(), wide(), list(5, this::aboard)),
                new ToScheduler.StepReport(
                        text(), text(), wide(), any(), wide(), wide(), wide(), list(5, this::finished)),
                new ToScheduler.WorkerLeft(text(), text()),
                new ToScheduler.WorkerDraining(text(), text()),
                new ToScheduler.WorkerLoading(text(), text(), any(), wide()),
                new ToScheduler.Inquire(text(), text(), list(5, this::ref)));
    }

    List<Fenced> toWorker() {
        return List.of(
                fenced(new ToWorker.Welcome(text(), new StepBudget(any(), any()))),
                fenced(admit()),
                fenced(new ToWorker.Refused(text(), text())),
                fenced(new ToWorker.Revoke(text(), list(5, this::ref))));
    }

    private Fenced fenced(ToWorker message) {
        return new Fenced(wide(), wide(), message);
    }

    OwnerAlive ownerAlive() {
        return new OwnerAlive(text(), wide());
    }

    List<ToGateway> toGateway() {
        Rejection rejection = new Rejection(
                pick(Rejection.Reason.values()), text(), wide(), wide(), wide(), pick(WaitReason.values()));
        return List.of(
                new ToGateway.Accepted(wide(), list(5, this::ref)),
                new ToGateway.Rejected(wide(), list(5, this::ref), rejection),
                new ToGateway.TokenFrame(text(), text(), list(4, this::chunk)),
                new ToGateway.AttemptLost(wide(), list(5, this::ref)));
    }

    /** As large as a request ever gets: a full bias table, a long prompt, many stop tokens. */
    GenerationRequest largeRequest() {
        SamplingParams sampling = new SamplingParams(
                2,
                1,
                0,
                0,
                random.nextLong(),
                0,
                0,
                1,
                ints(SamplingParams.BIAS_TOKENS_MAX),
                floats(SamplingParams.BIAS_TOKENS_MAX));
        int[] prompt = ints(131_072);
        return new GenerationRequest(
                ref(),
                text(),
                text(),
                prompt,
                new int[0],
                Integer.MAX_VALUE - prompt.length,
                ints(1_000),
                sampling,
                GenerationRequest.TOP_LOGPROBS_MAX,
                true,
                text(),
                GenerationRequest.TENANT_WEIGHT_MAX,
                pick(RequestClass.values()),
                Long.MAX_VALUE);
    }

    private GenerationRequest request() {
        int[] generated = ints(random.nextInt(20));
        return new GenerationRequest(
                ref(),
                text(),
                text(),
                ints(1 + random.nextInt(200)),
                generated,
                generated.length + random.nextInt(1_000),
                ints(random.nextInt(5)),
                sampling(),
                random.nextInt(-1, GenerationRequest.TOP_LOGPROBS_MAX + 1),
                random.nextBoolean(),
                text(),
                tenantWeight(),
                pick(RequestClass.values()),
                wide());
    }

    private int tenantWeight() {
        return random.nextInt(1, GenerationRequest.TENANT_WEIGHT_MAX + 1);
    }

    private SamplingParams sampling() {
        int biases = random.nextInt(4);
        return new SamplingParams(
                random.nextInt(3),
                1f / (1 + random.nextInt(9)),
                random.nextInt(100),
                random.nextInt(2),
                wide(),
                anyFloat(),
                anyFloat(),
                1 + random.nextInt(3),
                ints(biases),
                floats(biases));
    }

    private ToWorker.Admit admit() {
        List<GenerationRequest> generations = list(3, this::request);
        List<QueueWait> waits = new ArrayList<>();
        generations.forEach(generation -> waits.add(queueWait()));
        return new ToWorker.Admit(text(), generations, waits);
    }

    private QueueWait queueWait() {
        return new QueueWait(wide(), pick(WaitReason.values()));
    }

    private TokenChunk chunk() {
        int[] tokens = ints(random.nextInt(4));
        List<TokenLogprobs> logprobs = new ArrayList<>();
        for (int i = 0; i < tokens.length && random.nextBoolean(); i++) {
            logprobs.add(logprobs());
        }
        return new TokenChunk(
                ref(),
                any(),
                tokens,
                logprobs.size() == tokens.length ? logprobs : List.of(),
                list(3, this::logprobs),
                random.nextBoolean() ? null : pick(FinishReason.values()),
                text(),
                random.nextBoolean() ? null : new AttemptStart(any(), wide(), queueWait()));
    }

    private TokenLogprobs logprobs() {
        int top = random.nextInt(4);
        return new TokenLogprobs(any(), anyFloat(), ints(top), floats(top));
    }

    private ToScheduler.Finished finished() {
        return new ToScheduler.Finished(ref(), pick(FinishReason.values()), any());
    }

    private ToScheduler.Aboard aboard() {
        return new ToScheduler.Aboard(
                ref(), text(), text(), tenantWeight(), pick(RequestClass.values()), any() & Integer.MAX_VALUE | 1);
    }

    private ModelDescription description() {
        return new ModelDescription(text(), text(), any(), any(), any(), wide());
    }

    private GenerationRef ref() {
        return new GenerationRef(
                new GenerationId(wide(), wide()), random.nextBoolean() ? 0 : any() & Integer.MAX_VALUE);
    }
}
