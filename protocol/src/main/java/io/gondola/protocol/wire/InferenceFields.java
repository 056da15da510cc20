package io.gondola.protocol.wire;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.ToInferenceScheduler;

/** The wire form of inferences and their results, a writer beside its reader. */
final class InferenceFields {

    private static final RequestClass[] REQUEST_CLASSES = RequestClass.values();
    private static final Datatype[] DATATYPES = Datatype.values();
    private static final InferenceFailure.Kind[] FAILURE_KINDS = InferenceFailure.Kind.values();

    private InferenceFields() {}

    static void writeId(WireWriter out, InferenceId id) {
        out.writeFixedLong(id.high());
        out.writeFixedLong(id.low());
    }

    static InferenceId readId(WireReader in) throws WireFormatException {
        return new InferenceId(in.readFixedLong(), in.readFixedLong());
    }

    static void writeRequest(WireWriter out, InferenceRequest request) {
        writeId(out, request.id());
        out.writeString(request.gatewayId());
        out.writeString(request.model());
        out.writeZigzag(request.version());
        out.writeString(request.signature());
        out.writeList(request.inputs(), InferenceFields::writeTensor);
        out.writeList(request.outputs(), WireWriter::writeString);
        out.writeString(request.tenant());
        out.writeZigzag(request.tenantWeight());
        out.writeEnum(request.requestClass());
        out.writeZigzag(request.timeoutNanos());
        out.writeZigzag(request.queueTimeoutNanos());
    }

    static InferenceRequest readRequest(WireReader in) throws WireFormatException {
        return new InferenceRequest(
                readId(in),
                in.readString(),
                in.readString(),
                in.readZigzag(),
                in.readString(),
                in.readList(InferenceFields::readTensor),
                in.readList(WireReader::readString),
                in.readString(),
                in.readInt(),
                in.readEnum(REQUEST_CLASSES),
                in.readZigzag(),
                in.readZigzag());
    }

    static void writeTensor(WireWriter out, Tensor tensor) {
        out.writeString(tensor.name());
        out.writeEnum(tensor.datatype());
        out.writeLongs(tensor.shape());
        out.writeBytes(tensor.data());
    }

    static Tensor readTensor(WireReader in) throws WireFormatException {
        return new Tensor(in.readString(), in.readEnum(DATATYPES), in.readLongs(), in.readBytes());
    }

    static void writeResult(WireWriter out, InferenceResult result) {
        writeId(out, result.id());
        out.writeZigzag(result.version());
        out.writeList(result.outputs(), InferenceFields::writeTensor);
        InferenceFailure failure = result.failure();
        out.writeBoolean(failure != null);
        if (failure != null) {
            out.writeEnum(failure.kind());
            out.writeString(failure.message());
        }
        out.writeZigzag(result.queueNanos());
        out.writeZigzag(result.computeNanos());
        out.writeZigzag(result.batchRows());
    }

    static InferenceResult readResult(WireReader in) throws WireFormatException {
        return new InferenceResult(
                readId(in),
                in.readZigzag(),
                in.readList(InferenceFields::readTensor),
                in.readBoolean() ? new InferenceFailure(in.readEnum(FAILURE_KINDS), in.readString()) : null,
                in.readZigzag(),
                in.readZigzag(),
                in.readZigzag());
    }

    static void writeRunning(WireWriter out, ToInferenceScheduler.Running running) {
        out.writeString(running.model());
        out.writeZigzag(running.version());
        out.writeList(running.batchIds(), WireWriter::writeZigzag);
        writeStatistics(out, running.statistics());
    }

    static ToInferenceScheduler.Running readRunning(WireReader in) throws WireFormatException {
        return new ToInferenceScheduler.Running(
                in.readString(), in.readZigzag(), in.readList(WireReader::readZigzag), readStatistics(in));
    }

    static void writeStatistics(WireWriter out, ModelStatistics statistics) {
        out.writeZigzag(statistics.rows());
        out.writeZigzag(statistics.runs());
        out.writeZigzag(statistics.lastMillis());
        writeSpent(out, statistics.succeeded());
        writeSpent(out, statistics.failed());
        writeSpent(out, statistics.queued());
        writeSpent(out, statistics.input());
        writeSpent(out, statistics.infer());
        writeSpent(out, statistics.output());
        out.writeList(statistics.batches(), InferenceFields::writeBatches);
    }

    static ModelStatistics readStatistics(WireReader in) throws WireFormatException {
        return new ModelStatistics(
                in.readZigzag(),
                in.readZigzag(),
                in.readZigzag(),
                readSpent(in),
                readSpent(in),
                readSpent(in),
                readSpent(in),
                readSpent(in),
                readSpent(in),
                in.readList(InferenceFields::readBatches));
    }

    private static void writeSpent(WireWriter out, ModelStatistics.Spent spent) {
        out.writeZigzag(spent.count());
        out.writeZigzag(spent.nanos());
    }

    private static ModelStatistics.Spent readSpent(WireReader in) throws WireFormatException {
        return new ModelStatistics.Spent(in.readZigzag(), in.readZigzag());
    }

    private static void writeBatches(WireWriter out, ModelStatistics.Batches batches) {
        out.writeZigzag(batches.rows());
        out.writeZigzag(batches.runs());
        out.writeZigzag(batches.inputNanos());
        out.writeZigzag(batches.inferNanos());
        out.writeZigzag(batches.outputNanos());
    }

    private static ModelStatistics.Batches readBatches(WireReader in) throws WireFormatException {
        return new ModelStatistics.Batches(
                in.readZigzag(), in.readZigzag(), in.readZigzag(), in.readZigzag(), in.readZigzag());
    }
}
