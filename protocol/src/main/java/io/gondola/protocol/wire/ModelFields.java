package io.gondola.protocol.wire;

import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.TensorSpec;

/** The wire form of what is said about models that take tensors, a writer beside its reader. */
final class ModelFields {

    private static final Datatype[] DATATYPES = Datatype.values();
    private static final QueuePolicy.TimeoutAction[] TIMEOUT_ACTIONS = QueuePolicy.TimeoutAction.values();

    private ModelFields() {}

    static void writeModel(WireWriter out, TensorModel model) {
        out.writeString(model.name());
        out.writeZigzag(model.version());
        out.writeString(model.platform());
        out.writeList(model.signatures(), ModelFields::writeSignature);
        writeBatching(out, model.batching());
        EmbeddingOutput embedding = model.embedding();
        out.writeBoolean(embedding != null);
        if (embedding != null) {
            out.writeString(embedding.name());
            out.writeZigzag(embedding.dimensions());
            out.writeBoolean(embedding.isNormalized());
            out.writeString(embedding.tokenizer());
        }
    }

    static TensorModel readModel(WireReader in) throws WireFormatException {
        return new TensorModel(
                in.readString(),
                in.readZigzag(),
                in.readString(),
                in.readList(ModelFields::readSignature),
                readBatching(in),
                in.readBoolean()
                        ? new EmbeddingOutput(in.readString(), in.readInt(), in.readBoolean(), in.readString())
                        : null);
    }

    static void writeOrigin(WireWriter out, LoadOrigin origin) {
        out.writeString(origin.fingerprint());
        out.writeString(origin.settings());
        out.writeZigzag(origin.askedMillis());
    }

    static LoadOrigin readOrigin(WireReader in) throws WireFormatException {
        return new LoadOrigin(in.readString(), in.readString(), in.readZigzag());
    }

    private static void writeSignature(WireWriter out, Signature signature) {
        out.writeString(signature.name());
        out.writeList(signature.inputs(), ModelFields::writeSpec);
        out.writeList(signature.outputs(), ModelFields::writeSpec);
    }

    private static Signature readSignature(WireReader in) throws WireFormatException {
        return new Signature(in.readString(), in.readList(ModelFields::readSpec), in.readList(ModelFields::readSpec));
    }

    private static void writeSpec(WireWriter out, TensorSpec spec) {
        out.writeString(spec.name());
        out.writeEnum(spec.datatype());
        out.writeLongs(spec.shape());
    }

    private static TensorSpec readSpec(WireReader in) throws WireFormatException {
        return new TensorSpec(in.readString(), in.readEnum(DATATYPES), in.readLongs());
    }

    private static void writeBatching(WireWriter out, BatchingSettings batching) {
        out.writeZigzag(batching.maxBatchSize());
        out.writeInts(batching.preferredBatchSizes());
        out.writeZigzag(batching.maxQueueDelayNanos());
        out.writeZigzag(batching.instanceCount());
        out.writeList(batching.queuePolicies(), ModelFields::writePolicy);
        out.writeList(batching.paddedInputs(), WireWriter::writeString);
    }

    private static BatchingSettings readBatching(WireReader in) throws WireFormatException {
        return new BatchingSettings(
                in.readInt(),
                in.readInts(),
                in.readZigzag(),
                in.readInt(),
                in.readList(ModelFields::readPolicy),
                in.readList(WireReader::readString));
    }

    private static void writePolicy(WireWriter out, QueuePolicy policy) {
        out.writeZigzag(policy.maxQueueSize());
        out.writeEnum(policy.timeoutAction());
        out.writeZigzag(policy.defaultTimeoutNanos());
        out.writeBoolean(policy.allowTimeoutOverride());
    }

    private static QueuePolicy readPolicy(WireReader in) throws WireFormatException {
        return new QueuePolicy(in.readInt(), in.readEnum(TIMEOUT_ACTIONS), in.readZigzag(), in.readBoolean());
    }

    static void writeStatus(WireWriter out, ModelStatus status) {
        writeModel(out, status.model());
        out.writeZigzag(status.workers());
        InferenceFields.writeStatistics(out, status.statistics());
    }

    static ModelStatus readStatus(WireReader in) throws WireFormatException {
        return new ModelStatus(readModel(in), in.readInt(), InferenceFields.readStatistics(in));
    }
}
