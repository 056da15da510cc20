package io.gondola.worker.inference;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.Tensor;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.JoinedInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The tensors of a batch: those of its requests joined on the way in, and taken apart on the way out. */
final class BatchTensors {

    private final List<InferenceRequest> requests;
    private final Map<String, Double> padding;
    private final Map<String, String> unpadding;

    BatchTensors(List<InferenceRequest> requests, Map<String, Double> padding, Map<String, String> unpadding) {
        this.requests = requests;
        this.padding = padding;
        this.unpadding = unpadding;
    }

    /** Each input of all requests, in the order of the first. */
    List<JoinedInput> join() {
        List<JoinedInput> joined = new ArrayList<>();
        for (Tensor first : requests.get(0).inputs()) {
            List<Tensor> tensors = new ArrayList<>(requests.size());
            requests.forEach(request -> tensors.add(inputOf(request, first.name())));
            long[] shape = first.shape().clone();
            Double fill = padding.get(first.name());
            if (fill != null) {
                long[] largest = largest(tensors);
                tensors.replaceAll(tensor -> Blocks.pad(tensor, withRows(largest, tensor), fill));
                shape = largest;
            }
            if (shape.length > 0) {
                shape[0] = tensors.stream().mapToLong(Tensor::rows).sum();
            }
            joined.add(new JoinedInput(
                    first.name(),
                    first.datatype(),
                    shape,
                    tensors.stream().map(Tensor::data).toList()));
        }
        return joined;
    }

    /** The outputs of each request, in the order of the requests. */
    List<List<Tensor>> split(List<Tensor> outputs) throws EngineException {
        List<List<Tensor>> split = new ArrayList<>(requests.size());
        if (requests.size() == 1) {
            split.add(outputs);
            return split;
        }
        requests.forEach(request -> split.add(new ArrayList<>(outputs.size())));
        long rows = requests.stream().mapToLong(InferenceRequest::rows).sum();
        for (Tensor output : outputs) {
            if (output.shape().length == 0 || output.rows() != rows) {
                throw new EngineException("output '" + output.name() + "' of shape " + Arrays.toString(output.shape())
                        + " has not a row for each of a batch of " + rows);
            }
            List<Tensor> parts = output.datatype() == Datatype.BYTES ? splitStrings(output) : splitRows(output);
            for (int i = 0; i < parts.size(); i++) {
                split.get(i).add(unpadded(parts.get(i), requests.get(i)));
            }
        }
        return split;
    }

    private List<Tensor> splitRows(Tensor output) {
        List<Tensor> parts = new ArrayList<>(requests.size());
        int rowBytes = output.rows() == 0 ? 0 : (int) (output.data().length / output.rows());
        int at = 0;
        for (InferenceRequest request : requests) {
            int end = at + (int) request.rows() * rowBytes;
            parts.add(new Tensor(
                    output.name(),
                    output.datatype(),
                    withRows(output.shape(), request.rows()),
                    Arrays.copyOfRange(output.data(), at, end)));
            at = end;
        }
        return parts;
    }

    private List<Tensor> splitStrings(Tensor output) {
        List<Tensor> parts = new ArrayList<>(requests.size());
        byte[][] strings = output.strings();
        int rowElements = output.rows() == 0 ? 0 : (int) (strings.length / output.rows());
        int at = 0;
        for (InferenceRequest request : requests) {
            int end = at + (int) request.rows() * rowElements;
            parts.add(Tensor.ofStrings(
                    output.name(), withRows(output.shape(), request.rows()), Arrays.copyOfRange(strings, at, end)));
            at = end;
        }
        return parts;
    }

    /** Cut back to the size that the request's own input had. */
    private Tensor unpadded(Tensor output, InferenceRequest request) {
        String like = unpadding.get(output.name());
        if (like == null) {
            return output;
        }
        long[] own = inputOf(request, like).shape();
        long[] shape = output.shape().clone();
        for (int i = 1; i < Math.min(shape.length, own.length); i++) {
            shape[i] = Math.min(shape[i], own[i]);
        }
        return Blocks.cut(output, shape);
    }

    private static Tensor inputOf(InferenceRequest request, String name) {
        for (Tensor input : request.inputs()) {
            if (input.name().equals(name)) {
                return input;
            }
        }
        throw new IllegalArgumentException(request.id() + " has no input '" + name + "'");
    }

    private static long[] largest(List<Tensor> tensors) {
        long[] largest = tensors.get(0).shape().clone();
        for (Tensor tensor : tensors) {
            for (int i = 1; i < largest.length; i++) {
                largest[i] = Math.max(largest[i], tensor.shape()[i]);
            }
        }
        return largest;
    }

    private static long[] withRows(long[] shape, Tensor of) {
        return withRows(shape, of.rows());
    }

    private static long[] withRows(long[] shape, long rows) {
        long[] own = shape.clone();
        if (own.length > 0) {
            own[0] = rows;
        }
        return own;
    }
}
