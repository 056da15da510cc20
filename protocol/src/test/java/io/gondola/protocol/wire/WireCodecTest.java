package io.gondola.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.vertx.core.buffer.Buffer;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WireCodecTest {

    private static final int SEEDS = 400;

    /** One way to read, its result encoded again. */
    private interface Decoder {
        Buffer decodeAndEncode(Buffer buffer) throws WireFormatException;
    }

    private static final Decoder TO_SCHEDULER = buffer -> WireCodec.encode(WireCodec.decodeToScheduler(buffer));
    private static final Decoder TO_WORKER = buffer -> WireCodec.encode(WireCodec.decodeToWorker(buffer));
    private static final Decoder TO_GATEWAY = buffer -> WireCodec.encode(WireCodec.decodeToGateway(buffer));
    private static final Decoder TO_INFERENCE_SCHEDULER =
            buffer -> InferenceCodec.encode(InferenceCodec.decodeToScheduler(buffer));
    private static final Decoder TO_INFERENCE_WORKER =
            buffer -> InferenceCodec.encode(InferenceCodec.decodeToWorker(buffer));
    private static final Decoder TO_INFERENCE_GATEWAY =
            buffer -> InferenceCodec.encode(InferenceCodec.decodeToGateway(buffer));
    private static final Decoder TO_ALL = buffer -> WireCodec.encode(WireCodec.decodeOwnerAlive(buffer));
    private static final List<Decoder> DECODERS = List.of(
            TO_SCHEDULER,
            TO_WORKER,
            TO_GATEWAY,
            TO_INFERENCE_SCHEDULER,
            TO_INFERENCE_WORKER,
            TO_INFERENCE_GATEWAY,
            TO_ALL);

    private record Sample(Buffer bytes, Decoder decoder) {}

    private static List<Sample> samples(long seed) {
        RandomMessages messages = new RandomMessages(seed);
        List<Sample> samples = new ArrayList<>();
        messages.toScheduler().forEach(message -> samples.add(new Sample(WireCodec.encode(message), TO_SCHEDULER)));
        messages.toWorker().forEach(message -> samples.add(new Sample(WireCodec.encode(message), TO_WORKER)));
        messages.toGateway().forEach(message -> samples.add(new Sample(WireCodec.encode(message), TO_GATEWAY)));
        RandomInferenceMessages inferences = new RandomInferenceMessages(seed);
        inferences
                .toScheduler()
                .forEach(message -> samples.add(new Sample(InferenceCodec.encode(message), TO_INFERENCE_SCHEDULER)));
        inferences
                .toWorker()
                .forEach(message -> samples.add(new Sample(InferenceCodec.encode(message), TO_INFERENCE_WORKER)));
        inferences
                .toGateway()
                .forEach(message -> samples.add(new Sample(InferenceCodec.encode(message), TO_INFERENCE_GATEWAY)));
        samples.add(new Sample(WireCodec.encode(messages.ownerAlive()), TO_ALL));
        return samples;
    }

    @Test
    void everyMessageSurvivesTheWayThere() throws WireFormatException {
        for (long seed = 0; seed < SEEDS; seed++) {
            RandomMessages messages = new RandomMessages(seed);
            for (ToScheduler message : messages.toScheduler()) {
                assertThat(WireCodec.decodeToScheduler(WireCodec.encode(message)))
                        .as("seed %d", seed)
                        .isEqualTo(message);
            }
            for (Fenced message : messages.toWorker()) {
                assertThat(WireCodec.decodeToWorker(WireCodec.encode(message)))
                        .as("seed %d", seed)
                        .isEqualTo(message);
            }
            for (ToGateway message : messages.toGateway()) {
                assertThat(WireCodec.decodeToGateway(WireCodec.encode(message)))
                        .as("seed %d", seed)
                        .isEqualTo(message);
            }
            OwnerAlive alive = messages.ownerAlive();
            assertThat(WireCodec.decodeOwnerAlive(WireCodec.encode(alive)))
                    .as("seed %d", seed)
                    .isEqualTo(alive);
        }
    }

    @Test
    void everyMessageAboutInferencesSurvivesTheWayThere() throws WireFormatException {
        for (long seed = 0; seed < SEEDS; seed++) {
            RandomInferenceMessages messages = new RandomInferenceMessages(seed);
            for (ToInferenceScheduler message : messages.toScheduler()) {
                assertThat(InferenceCodec.decodeToScheduler(InferenceCodec.encode(message)))
                        .as("seed %d", seed)
                        .isEqualTo(message);
            }
            for (ToInferenceWorker message : messages.toWorker()) {
                assertThat(InferenceCodec.decodeToWorker(InferenceCodec.encode(message)))
                        .as("seed %d", seed)
                        .isEqualTo(message);
            }
            for (ToInferenceGateway message : messages.toGateway()) {
                assertThat(InferenceCodec.decodeToGateway(InferenceCodec.encode(message)))
                        .as("seed %d", seed)
                        .isEqualTo(message);
            }
        }
    }

    @Test
    void theLargestRequestSurvivesToo() throws WireFormatException {
        ToScheduler submit = new ToScheduler.Submit(List.of(new RandomMessages(1).largeRequest()));
        assertThat(WireCodec.decodeToScheduler(WireCodec.encode(submit))).isEqualTo(submit);
    }

    @Test
    void theSameMessageHasTheSameBytes() throws WireFormatException {
        for (long seed = 0; seed < SEEDS; seed++) {
            for (Sample sample : samples(seed)) {
                assertThat(sample.decoder().decodeAndEncode(sample.bytes()))
                        .as("seed %d", seed)
                        .isEqualTo(sample.bytes());
            }
        }
    }

    @Test
    void aMessageCutAnywhereIsRefused() {
        for (long seed = 0; seed < SEEDS / 10; seed++) {
            for (Sample sample : samples(seed)) {
                for (int length = 0; length < sample.bytes().length(); length++) {
                    Buffer cut = sample.bytes().getBuffer(0, length);
                    assertThatExceptionOfType(WireFormatException.class)
                            .as(
                                    "seed %d, %d of %d bytes",
                                    seed, length, sample.bytes().length())
                            .isThrownBy(() -> sample.decoder().decodeAndEncode(cut));
                }
            }
        }
    }

    @Test
    void aCorruptMessageIsRefusedOrIsAnother() {
        for (long seed = 0; seed < SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            for (Sample sample : samples(seed)) {
                for (int i = 0; i < 20; i++) {
                    Buffer corrupt = corrupt(sample.bytes(), random);
                    DECODERS.forEach(decoder -> refuseOrDecode(decoder, corrupt));
                }
            }
        }
    }

    @Test
    void noiseIsRefusedOrIsAMessage() {
        for (long seed = 0; seed < SEEDS * 10; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (noise.length > 2 && random.nextBoolean()) {
                noise[0] = WireCodec.VERSION;
                noise[1] = (byte) random.nextInt(100);
            }
            DECODERS.forEach(decoder -> refuseOrDecode(decoder, Buffer.buffer(noise)));
        }
    }

    private static Buffer corrupt(Buffer bytes, SplittableRandom random) {
        Buffer corrupt = bytes.copy();
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
            // The head is where the lengths are.
            int range = random.nextBoolean() ? corrupt.length() : Math.min(40, corrupt.length());
            corrupt.setByte(random.nextInt(range), (byte) random.nextInt());
        }
        return corrupt;
    }

    /** Anything but a WireFormatException, or a message that survives the way there, fails the test. */
    private static void refuseOrDecode(Decoder decoder, Buffer bytes) {
        Buffer again;
        try {
            again = decoder.decodeAndEncode(bytes);
        } catch (WireFormatException refused) {
            assertThat(refused).hasMessageNotContaining("null");
            return;
        }
        try {
            assertThat(decoder.decodeAndEncode(again)).isEqualTo(again);
        } catch (WireFormatException impossible) {
            throw new AssertionError("decoded from " + bytes.length() + " bytes, and not again", impossible);
        }
    }

    @Test
    void aLyingLengthCostsNoMemory() {
        // A list of requests, of refs, of chunks that claims 2^31 - 1 elements, then 2^63 - 1, then as many as bytes.
        for (int type : new int[] {1, 2, 18, 33, 36, 66, 98, 99}) {
            for (long claimed : new long[] {Integer.MAX_VALUE, Long.MAX_VALUE, -1, 1 << 20}) {
                WireWriter out = new WireWriter();
                out.writeByte(WireCodec.VERSION);
                out.writeByte(type);
                if (type >= 18 && type < 49) {
                    out.writeFixedLong(1);
                }
                if (type == 18) {
                    out.writeZigzag(1);
                    out.writeString("m");
                }
                out.writeVarint(claimed);
                Buffer lie = out.toBuffer().appendBytes(new byte[1 << 20]);
                long before = allocatedBytes();
                DECODERS.forEach(decoder -> refuseOrDecode(decoder, lie));
                assertThat(allocatedBytes() - before).as("type %d", type).isLessThan(64L << 20);
            }
        }
        RandomMessages messages = new RandomMessages(5);
        Buffer bytes = WireCodec.encode(messages.toScheduler().get(2));
        long before = allocatedBytes();
        for (int i = 2; i < bytes.length(); i++) {
            Buffer lie = bytes.copy().setByte(i, (byte) 0xFF);
            refuseOrDecode(TO_SCHEDULER, lie);
        }
        assertThat(allocatedBytes() - before).isLessThan(64L << 20);
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    @Test
    void anotherVersionIsRefused() {
        for (Sample sample : samples(1)) {
            for (int version : new int[] {0, WireCodec.VERSION + 1, 255}) {
                Buffer other = sample.bytes().copy().setByte(0, (byte) version);
                assertThatExceptionOfType(WireFormatException.class)
                        .isThrownBy(() -> sample.decoder().decodeAndEncode(other))
                        .withMessageContaining("version " + version);
            }
        }
    }

    @Test
    void bytesBehindTheEndAreRefused() {
        for (Sample sample : samples(2)) {
            Buffer longer = sample.bytes().copy().appendByte((byte) 0);
            assertThatExceptionOfType(WireFormatException.class)
                    .isThrownBy(() -> sample.decoder().decodeAndEncode(longer))
                    .withMessageContaining("after the end");
        }
    }

    @Test
    void aMessageForAnotherRoleIsRefused() {
        for (Sample sample : samples(3)) {
            for (Decoder decoder : DECODERS) {
                if (decoder != sample.decoder()) {
                    assertThatExceptionOfType(WireFormatException.class)
                            .isThrownBy(() -> decoder.decodeAndEncode(sample.bytes()))
                            .withMessageContaining("no message to");
                }
            }
        }
    }

    @Test
    void aRequestWhoseTokensOverflowIsNoRequest() {
        GenerationRef ref = new GenerationRef(new GenerationId(1, 2), 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GenerationRequest(
                        ref,
                        "gw",
                        "m",
                        new int[10],
                        new int[0],
                        Integer.MAX_VALUE - 9,
                        new int[0],
                        SamplingParams.greedy(),
                        -1,
                        false,
                        "",
                        1,
                        RequestClass.STANDARD,
                        1));
    }
}
