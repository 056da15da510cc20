package io.gondola.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import inference.OpenInferenceGrpc.InferTensorContents;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.tensors.KserveInput;
import io.gondola.gateway.tensors.KserveParameters;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TypedContentsTest {

    private static final long SEED = 20261124;

    private static KserveInput input(Datatype datatype, long... shape) {
        return KserveInput.of(
                "x", datatype.name(), shape, "inputs[0]", new KserveParameters("inputs[0].parameters", Map.of()));
    }

    private static Tensor randomTensor(Datatype datatype, long[] shape) {
        Random random = new Random(SEED);
        if (datatype == Datatype.BYTES) {
            byte[][] strings = new byte[(int) Tensor.elements("x", shape)][];
            for (int i = 0; i < strings.length; i++) {
                strings[i] = new byte[random.nextInt(20)];
                random.nextBytes(strings[i]);
            }
            return Tensor.ofStrings("x", shape, strings);
        }
        byte[] data = new byte[(int) Tensor.elements("x", shape) * datatype.bytes()];
        random.nextBytes(data);
        if (datatype == Datatype.BOOL) {
            for (int i = 0; i < data.length; i++) {
                data[i] &= 1;
            }
        }
        return new Tensor("x", datatype, shape, data);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"FP16", "BF16"})
    void everyTypeComesBackToTheBit(Datatype datatype) {
        long[] shape = {3, 5, 7};
        Tensor tensor = randomTensor(datatype, shape);
        assertThat(TypedContents.read(input(datatype, shape), TypedContents.write(tensor)))
                .as("seed %d", SEED)
                .isEqualTo(tensor);
    }

    @Test
    void typesWithoutAListAreSentRaw() {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> TypedContents.read(input(Datatype.FP16, 1), InferTensorContents.getDefaultInstance()))
                .withMessageContaining("raw_input_contents");
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> TypedContents.write(new Tensor("y", Datatype.BF16, new long[] {1}, new byte[2])))
                .withMessageContaining("raw_output_contents");
    }

    @Test
    void whatTheTypeCannotHoldIsRefusedAndNotBent() {
        InferTensorContents numbers = InferTensorContents.newBuilder()
                .addIntContents(127)
                .addIntContents(-129)
                .build();
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> TypedContents.read(input(Datatype.INT8, 2), numbers))
                .withMessage("Overflow at inputs[0].contents[1]: INT8 cannot hold -129.");
        InferTensorContents unsigned =
                InferTensorContents.newBuilder().addUintContents(-1).build();
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> TypedContents.read(input(Datatype.UINT16, 1), unsigned))
                .withMessageContaining("UINT16 cannot hold 4294967295");
        assertThat(TypedContents.read(input(Datatype.UINT32, 1), unsigned).data())
                .containsOnly(0xFF);
    }

    @Test
    void anotherTypesListIsNamed() {
        InferTensorContents floats =
                InferTensorContents.newBuilder().addFp32Contents(1).build();
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> TypedContents.read(input(Datatype.INT64, 1), floats))
                .withMessage("input 'x' of type INT64 has contents of another type");
    }

    @Test
    void asManyAsTheShapeSays() {
        InferTensorContents one = InferTensorContents.newBuilder()
                .addBytesContents(com.google.protobuf.ByteString.copyFrom("a", StandardCharsets.UTF_8))
                .build();
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> TypedContents.read(input(Datatype.BYTES, 2, 2), one))
                .withMessage("'x' of shape [2, 2] needs 4 elements, but its data has 1.");
    }
}
