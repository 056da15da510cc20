package io.gondola.protocol.wire;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.protocol.WaitReason;

/** The wire form of the records that messages are made of, a writer beside its reader. */
final class WireFields {

    private static final FinishReason[] FINISH_REASONS = FinishReason.values();
    private static final RequestClass[] REQUEST_CLASSES = RequestClass.values();
    private static final Rejection.Reason[] REJECTION_REASONS = Rejection.Reason.values();
    private static final WaitReason[] WAIT_REASONS = WaitReason.values();
    private static final int NOT_FINISHED = 0xFF;

    private WireFields() {}

    static void writeRef(WireWriter out, GenerationRef ref) {
        out.writeFixedLong(ref.id().high());
        out.writeFixedLong(ref.id().low());
        out.writeZigzag(ref.attempt());
    }

    static GenerationRef readRef(WireReader in) throws WireFormatException {
        return new GenerationRef(new GenerationId(in.readFixedLong(), in.readFixedLong()), in.readInt());
    }

    static void writeRequest(WireWriter out, GenerationRequest request) {
        writeRef(out, request.ref());
        out.writeString(request.gatewayId());
        out.writeString(request.model());
        out.writeInts(request.promptTokens());
        out.writeInts(request.generatedTokens());
        out.writeZigzag(request.maxTokens());
        out.writeInts(request.stopTokens());
        writeSampling(out, request.sampling());
        out.writeZigzag(request.topLogprobs());
        out.writeBoolean(request.promptLogprobs());
        out.writeString(request.tenant());
        out.writeZigzag(request.tenantWeight());
        out.writeEnum(request.requestClass());
        out.writeZigzag(request.timeoutNanos());
    }

    static GenerationRequest readRequest(WireReader in) throws WireFormatException {
        return new GenerationRequest(
                readRef(in),
                in.readString(),
                in.readString(),
                in.readInts(),
                in.readInts(),
                in.readInt(),
                in.readInts(),
                readSampling(in),
                in.readInt(),
                in.readBoolean(),
                in.readString(),
                in.readInt(),
                in.readEnum(REQUEST_CLASSES),
                in.readZigzag());
    }

    private static void writeSampling(WireWriter out, SamplingParams sampling) {
        out.writeFloat(sampling.temperature());
        out.writeFloat(sampling.topP());
        out.writeZigzag(sampling.topK());
        out.writeFloat(sampling.minP());
        out.writeFixedLong(sampling.seed());
        out.writeFloat(sampling.presencePenalty());
        out.writeFloat(sampling.frequencyPenalty());
        out.writeFloat(sampling.repetitionPenalty());
        out.writeInts(sampling.biasTokens());
        out.writeFloats(sampling.biasValues());
    }

    private static SamplingParams readSampling(WireReader in) throws WireFormatException {
        return new SamplingParams(
                in.readFloat(),
                in.readFloat(),
                in.readInt(),
                in.readFloat(),
                in.readFixedLong(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readInts(),
                in.readFloats());
    }

    static void writeDescription(WireWriter out, ModelDescription description) {
        out.writeString(description.model());
        out.writeString(description.architecture());
        out.writeZigzag(description.contextTokensMax());
        out.writeZigzag(description.vocabularySize());
        out.writeZigzag(description.slots());
        out.writeZigzag(description.kvTokensMax());
    }

    static ModelDescription readDescription(WireReader in) throws WireFormatException {
        return new ModelDescription(
                in.readString(), in.readString(), in.readInt(), in.readInt(), in.readInt(), in.readZigzag());
    }

    static StepBudget readBudget(WireReader in) throws WireFormatException {
        return new StepBudget(in.readInt(), in.readInt());
    }

    static void writeStepReport(WireWriter out, ToScheduler.StepReport report) {
        out.writeString(report.workerId());
        out.writeString(report.model());
        out.writeZigzag(report.stepNanos());
        out.writeZigzag(report.sequences());
        out.writeZigzag(report.kvTokens());
        out.writeZigzag(report.prefillTokens());
        out.writeZigzag(report.outputTokens());
        out.writeList(report.finished(), (writer, finished) -> {
            writeRef(writer, finished.ref());
            writer.writeEnum(finished.reason());
            writer.writeZigzag(finished.outputTokens());
        });
    }

    static ToScheduler.StepReport readStepReport(WireReader in) throws WireFormatException {
        return new ToScheduler.StepReport(
                in.readString(),
                in.readString(),
                in.readZigzag(),
                in.readInt(),
                in.readZigzag(),
                in.readZigzag(),
                in.readZigzag(),
                in.readList(reader ->
                        new ToScheduler.Finished(readRef(reader), reader.readEnum(FINISH_REASONS), reader.readInt())));
    }

    static void writeCensus(WireWriter out, ToScheduler.Census census) {
        out.writeString(census.workerId());
        writeDescription(out, census.description());
        out.writeFixedLong(census.epoch());
        out.writeZigzag(census.number());
        out.writeZigzag(census.seenNumber());
        out.writeList(census.aboard(), (writer, aboard) -> {
            writeRef(writer, aboard.ref());
            writer.writeString(aboard.gatewayId());
            writer.writeString(aboard.tenant());
            writer.writeZigzag(aboard.tenantWeight());
            writer.writeEnum(aboard.requestClass());
            writer.writeZigzag(aboard.kvTokensMax());
        });
    }

    static ToScheduler.Census readCensus(WireReader in) throws WireFormatException {
        return new ToScheduler.Census(
                in.readString(),
                readDescription(in),
                in.readFixedLong(),
                in.readZigzag(),
                in.readZigzag(),
                in.readList(reader -> new ToScheduler.Aboard(
                        readRef(reader),
                        reader.readString(),
                        reader.readString(),
                        reader.readInt(),
                        reader.readEnum(REQUEST_CLASSES),
                        reader.readInt())));
    }

    static void writeRejection(WireWriter out, Rejection rejection) {
        out.writeEnum(rejection.reason());
        out.writeString(rejection.limitName());
        out.writeZigzag(rejection.limitValue());
        out.writeZigzag(rejection.estimatedWaitMillis());
        out.writeZigzag(rejection.retryAfterMillis());
        out.writeEnum(rejection.waitReason());
    }

    static Rejection readRejection(WireReader in) throws WireFormatException {
        return new Rejection(
                in.readEnum(REJECTION_REASONS),
                in.readString(),
                in.readZigzag(),
                in.readZigzag(),
                in.readZigzag(),
                in.readEnum(WAIT_REASONS));
    }

    static void writeWait(WireWriter out, QueueWait wait) {
        out.writeZigzag(wait.nanos());
        out.writeEnum(wait.reason());
    }

    static QueueWait readWait(WireReader in) throws WireFormatException {
        return new QueueWait(in.readZigzag(), in.readEnum(WAIT_REASONS));
    }

    static void writeChunk(WireWriter out, TokenChunk chunk) {
        writeRef(out, chunk.ref());
        out.writeZigzag(chunk.offset());
        out.writeInts(chunk.tokens());
        out.writeList(chunk.logprobs(), WireFields::writeLogprobs);
        out.writeList(chunk.promptLogprobs(), WireFields::writeLogprobs);
        FinishReason finish = chunk.finish();
        out.writeByte(finish == null ? NOT_FINISHED : finish.ordinal());
        out.writeString(chunk.error());
        AttemptStart start = chunk.start();
        out.writeBoolean(start != null);
        if (start != null) {
            out.writeZigzag(start.cachedTokens());
            out.writeZigzag(start.prefillNanos());
            writeWait(out, start.queueWait());
        }
    }

    static TokenChunk readChunk(WireReader in) throws WireFormatException {
        return new TokenChunk(
                readRef(in),
                in.readInt(),
                in.readInts(),
                in.readList(WireFields::readLogprobs),
                in.readList(WireFields::readLogprobs),
                in.readOptionalEnum(FINISH_REASONS, NOT_FINISHED),
                in.readString(),
                in.readBoolean() ? new AttemptStart(in.readInt(), in.readZigzag(), readWait(in)) : null);
    }

    private static void writeLogprobs(WireWriter out, TokenLogprobs logprobs) {
        out.writeZigzag(logprobs.token());
        out.writeFloat(logprobs.logprob());
        out.writeInts(logprobs.topTokens());
        out.writeFloats(logprobs.topLogprobs());
    }

    private static TokenLogprobs readLogprobs(WireReader in) throws WireFormatException {
        return new TokenLogprobs(in.readInt(), in.readFloat(), in.readInts(), in.readFloats());
    }
}
