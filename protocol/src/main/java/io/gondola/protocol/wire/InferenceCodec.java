package io.gondola.protocol.wire;

import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/** The wire form of the messages about inferences; the rules are those of {@link WireCodec}. */
public final class InferenceCodec {

    private static final int SUBMIT = 65;
    private static final int CANCEL = 66;
    private static final int TELL_MODELS = 67;
    private static final int MODEL_LOADED = 68;
    private static final int MODEL_LEAVING = 69;
    private static final int BATCH_DONE = 70;
    private static final int WORKER_ALIVE = 71;
    private static final int WORKER_GONE = 72;
    private static final int INQUIRE = 73;
    private static final int MODEL_DRAINING = 74;
    private static final int WELCOME = 81;
    private static final int RUN_BATCH = 82;
    private static final int RELEASED = 83;
    private static final int TELL_LOADED = 84;
    private static final int CHANGE_MODEL = 85;
    private static final int LOAD_AGAIN = 86;
    private static final int NOT_TAKEN = 87;
    private static final int RESULTS = 97;
    private static final int REFUSED = 98;
    private static final int MODELS = 99;
    private static final int MODEL_CHANGED = 100;
    private static final int NOT_HERE = 101;

    private static final ToInferenceGateway.Change[] CHANGES = ToInferenceGateway.Change.values();

    private InferenceCodec() {}

    /** Encodes a message to the scheduler of inferences. */
    public static Buffer encode(ToInferenceScheduler message) {
        WireWriter out = new WireWriter(
                message instanceof ToInferenceScheduler.Submit submit
                        ? submit.request().bytes()
                        : 0);
        if (message instanceof ToInferenceScheduler.Submit submit) {
            WireCodec.head(out, SUBMIT);
            InferenceFields.writeRequest(out, submit.request());
        } else if (message instanceof ToInferenceScheduler.Cancel cancel) {
            WireCodec.head(out, CANCEL);
            out.writeList(cancel.ids(), InferenceFields::writeId);
        } else if (message instanceof ToInferenceScheduler.TellModels tell) {
            WireCodec.head(out, TELL_MODELS);
            out.writeString(tell.gatewayId());
        } else if (message instanceof ToInferenceScheduler.Inquire inquire) {
            WireCodec.head(out, INQUIRE);
            out.writeString(inquire.gatewayId());
            out.writeList(inquire.ids(), InferenceFields::writeId);
        } else {
            encodeOfWorker(out, message);
        }
        return out.toBuffer();
    }

    private static void encodeOfWorker(WireWriter out, ToInferenceScheduler message) {
        if (message instanceof ToInferenceScheduler.ModelLoaded loaded) {
            WireCodec.head(out, MODEL_LOADED);
            out.writeString(loaded.workerId());
            ModelFields.writeModel(out, loaded.model());
            ModelFields.writeOrigin(out, loaded.origin());
        } else if (message instanceof ToInferenceScheduler.ModelLeaving leaving) {
            WireCodec.head(out, MODEL_LEAVING);
            out.writeString(leaving.workerId());
            out.writeString(leaving.model());
            out.writeZigzag(leaving.version());
        } else if (message instanceof ToInferenceScheduler.ModelDraining draining) {
            WireCodec.head(out, MODEL_DRAINING);
            out.writeString(draining.workerId());
            out.writeString(draining.model());
            out.writeZigzag(draining.version());
        } else if (message instanceof ToInferenceScheduler.BatchDone done) {
            WireCodec.head(out, BATCH_DONE);
            out.writeString(done.workerId());
            out.writeString(done.model());
            out.writeZigzag(done.version());
            out.writeZigzag(done.batchId());
            out.writeZigzag(done.runs());
            out.writeZigzag(done.runNanos());
            InferenceFields.writeStatistics(out, done.statistics());
        } else if (message instanceof ToInferenceScheduler.WorkerAlive alive) {
            WireCodec.head(out, WORKER_ALIVE);
            out.writeString(alive.workerId());
            out.writeList(alive.running(), InferenceFields::writeRunning);
        } else if (message instanceof ToInferenceScheduler.WorkerGone gone) {
            WireCodec.head(out, WORKER_GONE);
            out.writeString(gone.workerId());
        }
    }

    /** Encodes a message to a worker of inferences. */
    public static Buffer encode(ToInferenceWorker message) {
        WireWriter out = new WireWriter(
                message instanceof ToInferenceWorker.RunBatch run
                        ? run.requests().stream()
                                .mapToLong(InferenceRequest::bytes)
                                .sum()
                        : 0);
        if (message instanceof ToInferenceWorker.Welcome welcome) {
            WireCodec.head(out, WELCOME);
            out.writeString(welcome.model());
            out.writeZigzag(welcome.version());
        } else if (message instanceof ToInferenceWorker.RunBatch run) {
            WireCodec.head(out, RUN_BATCH);
            out.writeString(run.model());
            out.writeZigzag(run.version());
            out.writeZigzag(run.batchId());
            out.writeList(run.requests(), InferenceFields::writeRequest);
            out.writeList(run.queueNanos(), WireWriter::writeZigzag);
        } else {
            encodeOfModels(out, message);
        }
        return out.toBuffer();
    }

    private static void encodeOfModels(WireWriter out, ToInferenceWorker message) {
        if (message instanceof ToInferenceWorker.Released released) {
            WireCodec.head(out, RELEASED);
            out.writeString(released.model());
            out.writeZigzag(released.version());
        } else if (message instanceof ToInferenceWorker.TellModels) {
            WireCodec.head(out, TELL_LOADED);
        } else if (message instanceof ToInferenceWorker.ChangeModel change) {
            WireCodec.head(out, CHANGE_MODEL);
            InferenceFields.writeId(out, change.requestId());
            out.writeString(change.gatewayId());
            out.writeString(change.model());
            out.writeBoolean(change.isLoad());
            out.writeString(change.settings());
            out.writeZigzag(change.askedMillis());
        } else if (message instanceof ToInferenceWorker.LoadAgain again) {
            WireCodec.head(out, LOAD_AGAIN);
            out.writeString(again.model());
            out.writeString(again.settings());
            out.writeZigzag(again.askedMillis());
        } else if (message instanceof ToInferenceWorker.Refused refused) {
            WireCodec.head(out, NOT_TAKEN);
            out.writeString(refused.model());
            out.writeZigzag(refused.version());
            out.writeString(refused.reason());
        }
    }

    /** Encodes a message to a gateway about inferences. */
    public static Buffer encode(ToInferenceGateway message) {
        WireWriter out =
                new WireWriter(message instanceof ToInferenceGateway.Results results ? bytes(results.results()) : 0);
        if (message instanceof ToInferenceGateway.Results results) {
            WireCodec.head(out, RESULTS);
            out.writeString(results.workerId());
            out.writeList(results.results(), InferenceFields::writeResult);
        } else if (message instanceof ToInferenceGateway.Refused refused) {
            WireCodec.head(out, REFUSED);
            out.writeFixedLong(refused.epoch());
            out.writeList(refused.ids(), InferenceFields::writeId);
            WireFields.writeRejection(out, refused.rejection());
        } else if (message instanceof ToInferenceGateway.NotHere notHere) {
            WireCodec.head(out, NOT_HERE);
            out.writeFixedLong(notHere.epoch());
            out.writeList(notHere.ids(), InferenceFields::writeId);
        } else if (message instanceof ToInferenceGateway.Models models) {
            WireCodec.head(out, MODELS);
            out.writeFixedLong(models.epoch());
            out.writeBoolean(models.isComplete());
            out.writeList(models.models(), ModelFields::writeStatus);
            out.writeList(models.workers(), WireWriter::writeString);
        } else if (message instanceof ToInferenceGateway.ModelChanged changed) {
            WireCodec.head(out, MODEL_CHANGED);
            InferenceFields.writeId(out, changed.requestId());
            out.writeString(changed.workerId());
            out.writeEnum(changed.outcome());
            out.writeString(changed.error());
        }
        return out.toBuffer();
    }

    private static long bytes(List<InferenceResult> results) {
        return results.stream()
                .flatMap(result -> result.outputs().stream())
                .mapToLong(output -> output.data().length)
                .sum();
    }

    /** Decodes a message to the scheduler of inferences. */
    public static ToInferenceScheduler decodeToScheduler(Buffer buffer) throws WireFormatException {
        return WireCodec.decode(buffer, InferenceCodec::readToScheduler);
    }

    /** Decodes a message to a worker of inferences. */
    public static ToInferenceWorker decodeToWorker(Buffer buffer) throws WireFormatException {
        return WireCodec.decode(buffer, InferenceCodec::readToWorker);
    }

    /** Decodes a message to a gateway about inferences. */
    public static ToInferenceGateway decodeToGateway(Buffer buffer) throws WireFormatException {
        return WireCodec.decode(buffer, InferenceCodec::readToGateway);
    }

    private static ToInferenceScheduler readToScheduler(int type, WireReader in) throws WireFormatException {
        switch (type) {
            case SUBMIT:
                return new ToInferenceScheduler.Submit(InferenceFields.readRequest(in));
            case CANCEL:
                return new ToInferenceScheduler.Cancel(in.readList(InferenceFields::readId));
            case TELL_MODELS:
                return new ToInferenceScheduler.TellModels(in.readString());
            case MODEL_LOADED:
                return new ToInferenceScheduler.ModelLoaded(
                        in.readString(), ModelFields.readModel(in), ModelFields.readOrigin(in));
            case MODEL_LEAVING:
                return new ToInferenceScheduler.ModelLeaving(in.readString(), in.readString(), in.readZigzag());
            case BATCH_DONE:
                return new ToInferenceScheduler.BatchDone(
                        in.readString(),
                        in.readString(),
                        in.readZigzag(),
                        in.readZigzag(),
                        in.readInt(),
                        in.readZigzag(),
                        InferenceFields.readStatistics(in));
            case WORKER_ALIVE:
                return new ToInferenceScheduler.WorkerAlive(in.readString(), in.readList(InferenceFields::readRunning));
            case INQUIRE:
                return new ToInferenceScheduler.Inquire(in.readString(), in.readList(InferenceFields::readId));
            case MODEL_DRAINING:
                return new ToInferenceScheduler.ModelDraining(in.readString(), in.readString(), in.readZigzag());
            case WORKER_GONE:
                return new ToInferenceScheduler.WorkerGone(in.readString());
            default:
                throw new WireFormatException("type " + type + " is no message to a scheduler of inferences");
        }
    }

    private static ToInferenceWorker readToWorker(int type, WireReader in) throws WireFormatException {
        switch (type) {
            case WELCOME:
                return new ToInferenceWorker.Welcome(in.readString(), in.readZigzag());
            case RUN_BATCH:
                return new ToInferenceWorker.RunBatch(
                        in.readString(),
                        in.readZigzag(),
                        in.readZigzag(),
                        in.readList(InferenceFields::readRequest),
                        in.readList(WireReader::readZigzag));
            case RELEASED:
                return new ToInferenceWorker.Released(in.readString(), in.readZigzag());
            case TELL_LOADED:
                return new ToInferenceWorker.TellModels();
            case CHANGE_MODEL:
                return new ToInferenceWorker.ChangeModel(
                        InferenceFields.readId(in),
                        in.readString(),
                        in.readString(),
                        in.readBoolean(),
                        in.readString(),
                        in.readZigzag());
            case LOAD_AGAIN:
                return new ToInferenceWorker.LoadAgain(in.readString(), in.readString(), in.readZigzag());
            case NOT_TAKEN:
                return new ToInferenceWorker.Refused(in.readString(), in.readZigzag(), in.readString());
            default:
                throw new WireFormatException("type " + type + " is no message to a worker of inferences");
        }
    }

    private static ToInferenceGateway readToGateway(int type, WireReader in) throws WireFormatException {
        switch (type) {
            case RESULTS:
                return new ToInferenceGateway.Results(in.readString(), in.readList(InferenceFields::readResult));
            case REFUSED:
                return new ToInferenceGateway.Refused(
                        in.readFixedLong(), in.readList(InferenceFields::readId), WireFields.readRejection(in));
            case MODELS:
                return new ToInferenceGateway.Models(
                        in.readFixedLong(),
                        in.readBoolean(),
                        in.readList(ModelFields::readStatus),
                        in.readList(WireReader::readString));
            case NOT_HERE:
                return new ToInferenceGateway.NotHere(in.readFixedLong(), in.readList(InferenceFields::readId));
            case MODEL_CHANGED:
                return new ToInferenceGateway.ModelChanged(
                        InferenceFields.readId(in), in.readString(), in.readEnum(CHANGES), in.readString());
            default:
                throw new WireFormatException("type " + type + " is no message to a gateway about inferences");
        }
    }
}
