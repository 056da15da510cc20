package io.gondola.worker.engine.tensorflow;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.family.TType;

/** Constants of a graph in wire form. */
final class ConstantNodes {

    private ConstantNodes() {}

    /** A scalar. */
    static NodeDef of(String name, float value) {
        return of(name, TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(value), Shape.scalar());
    }

    /** A scalar. */
    static NodeDef of(String name, int value) {
        return of(name, TensorProto.newBuilder().setDtype(DataType.DT_INT32).addIntVal(value), Shape.scalar());
    }

    /** A tensor's numbers. */
    static NodeDef of(String name, TType tensor) {
        byte[] bytes = new byte[Math.toIntExact(tensor.asRawTensor().numBytes())];
        tensor.asRawTensor().data().read(bytes);
        TensorProto.Builder content = TensorProto.newBuilder()
                .setDtype(DataType.forNumber(tensor.dataType().getNumber()))
                .setTensorContent(ByteString.copyFrom(bytes));
        return of(name, content, tensor.shape());
    }

    private static NodeDef of(String name, TensorProto.Builder value, Shape shape) {
        TensorShapeProto.Builder extents = TensorShapeProto.newBuilder();
        Arrays.stream(shape.asArray())
                .forEach(
                        size -> extents.addDim(TensorShapeProto.Dim.newBuilder().setSize(size)));
        return NodeDef.newBuilder()
                .setName(name)
                .setOp("Const")
                .putAttr(
                        "dtype",
                        AttrValue.newBuilder().setType(value.getDtype()).build())
                .putAttr(
                        "value",
                        AttrValue.newBuilder()
                                .setTensor(value.setTensorShape(extents))
                                .build())
                .build();
    }
}
