package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.CandidateSampler;
import io.gondola.worker.engine.Sampler;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gathers what the passes of a step give into the results of its rows; passes of several lanes at once. */
final class StepResults implements PassRunner.Receiver {

    private final List<StepRow> rows;
    private final Sampler sampler;
    private final IntConsumer onSpoiled;
    private final int[] tokens;
    private final @Nullable TokenLogprobs[] logprobs;
    private final List<List<TokenLogprobs>> promptLogprobs = new ArrayList<>();

    StepResults(List<StepRow> rows, Sampler sampler, IntConsumer onSpoiled) {
        this.rows = rows;
        this.sampler = sampler;
        this.onSpoiled = onSpoiled;
        this.tokens = new int[rows.size()];
        this.logprobs = new TokenLogprobs[rows.size()];
        Arrays.fill(tokens, RowResult.NO_TOKEN);
        rows.forEach(row -> promptLogprobs.add(new ArrayList<>()));
    }

    @Override
    public synchronized void onSegment(Segment segment, boolean allNumbers) {
        if (!allNumbers) {
            onSpoiled.accept(segment.row().slot());
        }
    }

    @Override
    public synchronized void onLikeliest(Segment segment, int token, boolean allNumbers) {
        if (allNumbers) {
            tokens[segment.index()] = token;
        }
    }

    @Override
    public synchronized void onTop(Segment segment, int[] topTokens, float[] topLogits, boolean allNumbers) {
        if (allNumbers) {
            tokens[segment.index()] = Sampler.drawAmong(topTokens, topLogits, segment.row());
        }
    }

    @Override
    public synchronized void onNucleus(
            Segment segment, PassRunner.Candidates candidates, Supplier<float[]> allLogits, boolean allNumbers) {
        if (allNumbers) {
            tokens[segment.index()] = CandidateSampler.tryDraw(
                            candidates.tokens(),
                            candidates.logits(),
                            candidates.mass(),
                            sampler.vocabularySize(),
                            segment.row())
                    .orElseGet(() -> sampler.draw(allLogits.get(), segment.row()));
        }
    }

    @Override
    public synchronized void onLogits(Segment segment, int position, float[] logits) {
        StepRow row = segment.row();
        int next = position + 1;
        if (row.scorePrompt() && next < row.promptLength()) {
            promptLogprobs
                    .get(segment.index())
                    .add(sampler.logprobs(logits, row.history()[next], Math.max(0, row.topLogprobs())));
        }
        if (segment.samples() && next == segment.end()) {
            int token = sampler.draw(logits, row);
            tokens[segment.index()] = token;
            if (token != RowResult.NO_TOKEN && row.topLogprobs() >= 0) {
                logprobs[segment.index()] = sampler.logprobs(logits, token, row.topLogprobs());
            }
        }
    }

    synchronized StepResult toResult() {
        List<RowResult> results = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            results.add(new RowResult(tokens[i], logprobs[i], promptLogprobs.get(i)));
        }
        return new StepResult(results);
    }
}
