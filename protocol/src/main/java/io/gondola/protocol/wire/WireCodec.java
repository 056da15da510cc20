package io.gondola.protocol.wire;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.vertx.core.buffer.Buffer;

/**
 * The wire form of the messages: a version byte, a type byte, then the fields in the order of the record's header.
 *
 * <p>A reader takes exactly {@link #VERSION}; roles of one release talk to each other. Whatever is not a message in this
 * form is a {@link WireFormatException}, never another exception and never a half-read object.
 */
public final class WireCodec {

    /** The first byte of every message. Counted up with every change of form. */
    public static final int VERSION = 13;

    private static final int SUBMIT = 1;
    private static final int CANCEL = 2;
    private static final int CENSUS = 3;
    private static final int STEP_REPORT = 4;
    private static final int WORKER_LEFT = 5;
    private static final int WORKER_LOADING = 6;
    private static final int INQUIRE = 7;
    private static final int WORKER_DRAINING = 8;
    private static final int WELCOME = 17;
    private static final int ADMIT = 18;
    private static final int REVOKE = 19;
    private static final int REFUSED = 20;
    private static final int ACCEPTED = 33;
    private static final int REJECTED = 34;
    private static final int TOKEN_FRAME = 35;
    private static final int ATTEMPT_LOST = 36;
    private static final int OWNER_ALIVE = 49;

    private WireCodec() {}

    /** Encodes a message to a scheduler. */
    public static Buffer encode(ToScheduler message) {
        WireWriter out = new WireWriter();
        if (message instanceof ToScheduler.Submit submit) {
            head(out, SUBMIT);
            out.writeList(submit.generations(), WireFields::writeRequest);
            out.writeBoolean(submit.isAdmitted());
        } else if (message instanceof ToScheduler.Cancel cancel) {
            head(out, CANCEL);
            out.writeList(cancel.refs(), WireFields::writeRef);
        } else if (message instanceof ToScheduler.Census census) {
            head(out, CENSUS);
            WireFields.writeCensus(out, census);
        } else if (message instanceof ToScheduler.Inquire inquire) {
            head(out, INQUIRE);
            out.writeString(inquire.gatewayId());
            out.writeString(inquire.model());
            out.writeList(inquire.refs(), WireFields::writeRef);
        } else if (message instanceof ToScheduler.StepReport report) {
            head(out, STEP_REPORT);
            WireFields.writeStepReport(out, report);
        } else if (message instanceof ToScheduler.WorkerDraining draining) {
            head(out, WORKER_DRAINING);
            out.writeString(draining.workerId());
            out.writeString(draining.model());
        } else if (message instanceof ToScheduler.WorkerLeft left) {
            head(out, WORKER_LEFT);
            out.writeString(left.workerId());
            out.writeString(left.model());
        } else if (message instanceof ToScheduler.WorkerLoading loading) {
            head(out, WORKER_LOADING);
            out.writeString(loading.workerId());
            out.writeString(loading.model());
            out.writeZigzag(loading.progressPercent());
            out.writeZigzag(loading.remainingMillis());
        }
        return out.toBuffer();
    }

    /** Encodes a message to a worker. */
    public static Buffer encode(Fenced fenced) {
        WireWriter out = new WireWriter();
        ToWorker message = fenced.message();
        if (message instanceof ToWorker.Welcome welcome) {
            head(out, WELCOME, fenced);
            out.writeString(welcome.model());
            out.writeZigzag(welcome.budget().sequencesMax());
            out.writeZigzag(welcome.budget().prefillTokensMax());
        } else if (message instanceof ToWorker.Admit admit) {
            head(out, ADMIT, fenced);
            out.writeString(admit.model());
            out.writeList(admit.generations(), WireFields::writeRequest);
            out.writeList(admit.waits(), WireFields::writeWait);
        } else if (message instanceof ToWorker.Revoke revoke) {
            head(out, REVOKE, fenced);
            out.writeString(revoke.model());
            out.writeList(revoke.refs(), WireFields::writeRef);
        } else if (message instanceof ToWorker.Refused refused) {
            head(out, REFUSED, fenced);
            out.writeString(refused.model());
            out.writeString(refused.reason());
        }
        return out.toBuffer();
    }

    /** Encodes a message to a gateway. */
    public static Buffer encode(ToGateway message) {
        WireWriter out = new WireWriter();
        if (message instanceof ToGateway.Accepted accepted) {
            head(out, ACCEPTED);
            out.writeFixedLong(accepted.epoch());
            out.writeList(accepted.refs(), WireFields::writeRef);
        } else if (message instanceof ToGateway.Rejected rejected) {
            head(out, REJECTED);
            out.writeFixedLong(rejected.epoch());
            out.writeList(rejected.refs(), WireFields::writeRef);
            WireFields.writeRejection(out, rejected.rejection());
        } else if (message instanceof ToGateway.TokenFrame frame) {
            head(out, TOKEN_FRAME);
            out.writeString(frame.workerId());
            out.writeString(frame.model());
            out.writeList(frame.chunks(), WireFields::writeChunk);
        } else if (message instanceof ToGateway.AttemptLost lost) {
            head(out, ATTEMPT_LOST);
            out.writeFixedLong(lost.epoch());
            out.writeList(lost.refs(), WireFields::writeRef);
        }
        return out.toBuffer();
    }

    /** Encodes what an owner publishes. */
    public static Buffer encode(OwnerAlive alive) {
        WireWriter out = new WireWriter();
        head(out, OWNER_ALIVE);
        out.writeString(alive.model());
        out.writeFixedLong(alive.epoch());
        return out.toBuffer();
    }

    /** Decodes a message to a scheduler. */
    public static ToScheduler decodeToScheduler(Buffer buffer) throws WireFormatException {
        return decode(buffer, WireCodec::readToScheduler);
    }

    /** Decodes a message to a worker. */
    public static Fenced decodeToWorker(Buffer buffer) throws WireFormatException {
        return decode(buffer, WireCodec::readToWorker);
    }

    /** Decodes a message to a gateway. */
    public static ToGateway decodeToGateway(Buffer buffer) throws WireFormatException {
        return decode(buffer, WireCodec::readToGateway);
    }

    /** Decodes what an owner publishes. */
    public static OwnerAlive decodeOwnerAlive(Buffer buffer) throws WireFormatException {
        return decode(buffer, WireCodec::readOwnerAlive);
    }

    /** Reads a message behind its head. */
    interface MessageReader<T> {
        T read(int type, WireReader in) throws WireFormatException;
    }

    static <T> T decode(Buffer buffer, MessageReader<T> messages) throws WireFormatException {
        WireReader in = new WireReader(buffer);
        int version = in.readByte();
        if (version != VERSION) {
            throw new WireFormatException("wire version " + version + ", this build reads " + VERSION);
        }
        try {
            T message = messages.read(in.readByte(), in);
            in.requireEnd();
            return message;
        } catch (IllegalArgumentException invalid) {
            // A record refused its fields: as malformed as a bad length.
            throw new WireFormatException(String.valueOf(invalid.getMessage()), invalid);
        }
    }

    private static ToScheduler readToScheduler(int type, WireReader in) throws WireFormatException {
        switch (type) {
            case SUBMIT:
                return new ToScheduler.Submit(in.readList(WireFields::readRequest), in.readBoolean());
            case CANCEL:
                return new ToScheduler.Cancel(in.readList(WireFields::readRef));
            case CENSUS:
                return WireFields.readCensus(in);
            case INQUIRE:
                return new ToScheduler.Inquire(in.readString(), in.readString(), in.readList(WireFields::readRef));
            case STEP_REPORT:
                return WireFields.readStepReport(in);
            case WORKER_DRAINING:
                return new ToScheduler.WorkerDraining(in.readString(), in.readString());
            case WORKER_LEFT:
                return new ToScheduler.WorkerLeft(in.readString(), in.readString());
            case WORKER_LOADING:
                return new ToScheduler.WorkerLoading(in.readString(), in.readString(), in.readInt(), in.readZigzag());
            default:
                throw new WireFormatException("type " + type + " is no message to a scheduler");
        }
    }

    private static Fenced readToWorker(int type, WireReader in) throws WireFormatException {
        switch (type) {
            case WELCOME:
                return readFenced(
                        in, reader -> new ToWorker.Welcome(reader.readString(), WireFields.readBudget(reader)));
            case ADMIT:
                return readFenced(
                        in,
                        reader -> new ToWorker.Admit(
                                reader.readString(),
                                reader.readList(WireFields::readRequest),
                                reader.readList(WireFields::readWait)));
            case REVOKE:
                return readFenced(
                        in, reader -> new ToWorker.Revoke(reader.readString(), reader.readList(WireFields::readRef)));
            case REFUSED:
                return readFenced(in, reader -> new ToWorker.Refused(reader.readString(), reader.readString()));
            default:
                throw new WireFormatException("type " + type + " is no message to a worker");
        }
    }

    private static Fenced readFenced(WireReader in, WireReader.ElementReader<ToWorker> message)
            throws WireFormatException {
        return new Fenced(in.readFixedLong(), in.readZigzag(), message.read(in));
    }

    private static ToGateway readToGateway(int type, WireReader in) throws WireFormatException {
        switch (type) {
            case ACCEPTED:
                return new ToGateway.Accepted(in.readFixedLong(), in.readList(WireFields::readRef));
            case REJECTED:
                return new ToGateway.Rejected(
                        in.readFixedLong(), in.readList(WireFields::readRef), WireFields.readRejection(in));
            case TOKEN_FRAME:
                return new ToGateway.TokenFrame(in.readString(), in.readString(), in.readList(WireFields::readChunk));
            case ATTEMPT_LOST:
                return new ToGateway.AttemptLost(in.readFixedLong(), in.readList(WireFields::readRef));
            default:
                throw new WireFormatException("type " + type + " is no message to a gateway");
        }
    }

    private static OwnerAlive readOwnerAlive(int type, WireReader in) throws WireFormatException {
        if (type != OWNER_ALIVE) {
            throw new WireFormatException("type " + type + " is no message to all");
        }
        return new OwnerAlive(in.readString(), in.readFixedLong());
    }

    private static void head(WireWriter out, int type, Fenced fenced) {
        head(out, type);
        out.writeFixedLong(fenced.epoch());
        out.writeZigzag(fenced.number());
    }

    static void head(WireWriter out, int type) {
        out.writeByte(VERSION);
        out.writeByte(type);
    }
}
