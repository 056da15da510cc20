package io.gondola.gateway.embeddings;

import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.TensorModel;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The inputs of a request as tokens, for one version of a model.
 *
 * @param request whose they are
 * @param model the version that the tokens are for
 * @param embedding its output
 * @param tokens of each input, in the client's order
 * @param padToken what stands behind an input that is shorter than its tensor
 * @param tokensMax the most that an input may have
 * @param encodeNanos how long the tokens took to make
 */
public record EmbeddingBatch(
        EmbeddingRequest request,
        TensorModel model,
        EmbeddingOutput embedding,
        List<int[]> tokens,
        int padToken,
        int tokensMax,
        long encodeNanos) {

    public EmbeddingBatch {
        tokens = List.copyOf(tokens);
    }

    public int size() {
        return tokens.size();
    }

    /** Of all inputs together; what stands behind their ends does not count. */
    public int promptTokens() {
        return tokens.stream().mapToInt(each -> each.length).sum();
    }

    /** The inputs by length: so those that can be computed together come to the scheduler together. */
    public int[] byLength() {
        return IntStream.range(0, tokens.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> tokens.get(i).length))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** One input as an inference of its own. */
    public TensorCall callOf(int index) {
        int[] ids = tokens.get(index);
        return new TensorCall(
                model.name(),
                model.version(),
                "",
                TokenTensors.of(model.defaultSignature(), ids, padToken, tokensMax),
                List.of(embedding.name()),
                request.requestClass(),
                request.tenant(),
                request.tenantWeight(),
                request.timeoutNanos(),
                0);
    }
}
