package io.gondola.standalone;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A {@link SmallTransformer} as files: an ONNX graph, a SavedModel, and what sentence-transformers puts beside them. */
public final class EmbeddingModelFiles {

    private static final int FLOAT = OnnxMl.TensorProto.DataType.FLOAT.getNumber();
    private static final int INT64 = OnnxMl.TensorProto.DataType.INT64.getNumber();

    private static final int TOKENS_MAX = 40;

    private EmbeddingModelFiles() {}

    /** A whole model of sentences, as users have it; {@link #vectorOf} is what it gives. */
    public static void writeSentences(Path directory, long seed) throws IOException {
        writeSentenceTransformer(directory, TOKENS_MAX);
        writeOnnx(directory.resolve("onnx/model.onnx"), new SmallTransformer(seed));
    }

    /** Of a text, as plain Java computes it. */
    public static double[] vectorOf(long seed, String text) {
        return SmallTransformer.normalized(
                new SmallTransformer(seed).mean(SmallTransformer.tokens(text)), SmallTransformer.WIDTH);
    }

    static void write(Path file, String text) throws IOException {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    /** Spells words, and like many that come from the Hub it asks for cutting and padding that must not happen. */
    static void writeTokenizer(Path directory) throws IOException {
        List<String> words = SmallTransformer.words();
        String vocabulary = IntStream.range(0, words.size())
                .mapToObj(id -> "\"" + words.get(id) + "\":" + id)
                .collect(Collectors.joining(","));
        String special = IntStream.range(0, 4)
                .mapToObj(id -> "{\"id\":" + id + ",\"content\":\"" + words.get(id) + "\",\"single_word\":false,"
                        + "\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}")
                .collect(Collectors.joining(","));
        write(directory.resolve("tokenizer.json"), """
                {"version":"1.0",
                 "truncation":{"direction":"Right","max_length":4,"strategy":"LongestFirst","stride":0},
                 "padding":{"strategy":{"Fixed":8},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,
                            "pad_type_id":0,"pad_token":"[PAD]"},
                 "added_tokens":[%s],
                 "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
                               "strip_accents":null,"lowercase":true},
                 "pre_tokenizer":{"type":"BertPreTokenizer"},
                 "post_processor":{"type":"TemplateProcessing",
                   "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                             {"SpecialToken":{"id":"[SEP]","type_id":0}}],
                   "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
                   "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},
                                     "[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},
                 "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
                 "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
                          "max_input_chars_per_word":1000,"vocab":{%s}}}
                """.formatted(special, vocabulary));
    }

    /** Mean, length 1, and a prompt for questions. */
    static void writeSentenceTransformer(Path directory, int tokensMax) throws IOException {
        writeTokenizer(directory);
        write(directory.resolve("modules.json"), """
                [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
                 {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
                 {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
        write(
                directory.resolve("1_Pooling/config.json"),
                "{\"word_embedding_dimension\":16,\"pooling_mode_cls_token\":false,\"pooling_mode_mean_tokens\":true}");
        write(
                directory.resolve("sentence_bert_config.json"),
                "{\"max_seq_length\":" + tokensMax + ",\"do_lower_case\":false}");
        write(
                directory.resolve("config_sentence_transformers.json"),
                "{\"prompts\":{\"query\":\"find \",\"passage\":\"\"},\"default_prompt_name\":null}");
    }

    /** As optimum exports BERT: three inputs of 64 bits. */
    static void writeOnnx(Path file, SmallTransformer model) throws IOException {
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("transformer")
                .addInput(value("input_ids", INT64, "batch", "length"))
                .addInput(value("attention_mask", INT64, "batch", "length"))
                .addInput(value("token_type_ids", INT64, "batch", "length"))
                .addOutput(value("last_hidden_state", FLOAT, "batch", "length", SmallTransformer.WIDTH))
                .addInitializer(floats("table", model.table))
                .addInitializer(floats("types", model.types))
                .addInitializer(floats("weight", model.weight))
                .addInitializer(longs("axis1", 1))
                .addInitializer(longs("axis2", 2))
                .addNode(node("Gather", "of_ids", "table", "input_ids"))
                .addNode(node("Gather", "of_types", "types", "token_type_ids"))
                .addNode(node("Add", "e", "of_ids", "of_types"))
                .addNode(node("Cast", "mask", "attention_mask").toBuilder()
                        .addAttribute(OnnxMl.AttributeProto.newBuilder()
                                .setName("to")
                                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                                .setI(FLOAT))
                        .build())
                .addNode(node("Unsqueeze", "wide_mask", "mask", "axis2"))
                .addNode(node("Mul", "masked", "e", "wide_mask"))
                .addNode(node("ReduceSum", "sum", "masked", "axis1"))
                .addNode(node("ReduceSum", "count", "wide_mask", "axis1"))
                .addNode(node("Div", "context", "sum", "count"))
                .addNode(node("Add", "seen", "e", "context"))
                .addNode(node("MatMul", "product", "seen", "weight"))
                .addNode(node("Tanh", "last_hidden_state", "product"));
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(
                file,
                OnnxMl.ModelProto.newBuilder()
                        .setIrVersion(9)
                        .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder()
                                .setDomain("")
                                .setVersion(17))
                        .setGraph(graph)
                        .build()
                        .toByteArray());
    }

    /** As Keras exports it: two inputs of 32 bits, in a signature. */
    static void writeSavedModel(Path directory, SmallTransformer model) throws IOException {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Placeholder<TInt32> ids = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
            Placeholder<TInt32> mask = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
            Operand<TFloat32> e =
                    tf.math.add(tf.gather(tf.constant(model.table), ids, tf.constant(0)), tf.constant(model.types[0]));
            Operand<TFloat32> wideMask = tf.expandDims(tf.dtypes.cast(mask, TFloat32.class), tf.constant(2));
            Operand<TFloat32> context = tf.math.div(
                    tf.reduceSum(tf.math.mul(e, wideMask), tf.constant(1), ReduceSum.keepDims(true)),
                    tf.reduceSum(wideMask, tf.constant(1), ReduceSum.keepDims(true)));
            Operand<TFloat32> hidden = tf.math.tanh(
                    tf.linalg.einsum(List.of(tf.math.add(e, context), tf.constant(model.weight)), "btw,wo->bto"));
            SavedModelBundle.exporter(directory.toString())
                    .withFunction(SessionFunction.create(
                            Signature.builder("serving_default")
                                    .input("input_ids", ids)
                                    .input("attention_mask", mask)
                                    .output("last_hidden_state", hidden)
                                    .build(),
                            session))
                    .export();
        }
    }

    private static OnnxMl.NodeProto node(String type, String output, String... inputs) {
        return OnnxMl.NodeProto.newBuilder()
                .setOpType(type)
                .addOutput(output)
                .addAllInput(List.of(inputs))
                .build();
    }

    /** @param dimensions a name for one of any size, a number for a fixed one */
    private static OnnxMl.ValueInfoProto value(String name, int type, Object... dimensions) {
        OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder();
        for (Object dimension : dimensions) {
            OnnxMl.TensorShapeProto.Dimension.Builder dim = OnnxMl.TensorShapeProto.Dimension.newBuilder();
            shape.addDim(
                    dimension instanceof Integer size ? dim.setDimValue(size) : dim.setDimParam(dimension.toString()));
        }
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(type)
                                .setShape(shape)))
                .build();
    }

    private static OnnxMl.TensorProto floats(String name, float[][] rows) {
        ByteBuffer data = ByteBuffer.allocate(4 * rows.length * rows[0].length).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (float value : row) {
                data.putFloat(value);
            }
        }
        return OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(FLOAT)
                .addDims(rows.length)
                .addDims(rows[0].length)
                .setRawData(ByteString.copyFrom(data.array()))
                .build();
    }

    private static OnnxMl.TensorProto longs(String name, long value) {
        return OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(INT64)
                .addDims(1)
                .addInt64Data(value)
                .build();
    }
}
