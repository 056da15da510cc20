package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;

/**
 * How often a model's likeliest token is the same at two precisions. The texts are the model's own: from fixed first
 * tokens, spread over the vocabulary, it goes on greedily at the one precision, and the other is asked at each place.
 */
final class PrecisionCheck {

    /** Below this share of equal tokens a user should know. */
    static final double AGREEMENT_MIN = 0.9;

    static final int TEXTS = 4;
    private static final int TEXT_TOKENS_MAX = 24;

    private final List<int[]> texts = new ArrayList<>();

    /** @param reference goes on greedily from the first tokens, in {@link #TEXTS} slots; unused so far */
    PrecisionCheck(InferenceEngine reference) throws EngineException {
        int vocabularySize = reference.describe().vocabularySize();
        int length = textTokens(reference.describe().contextTokensMax());
        for (int i = 0; i < TEXTS; i++) {
            int[] text = new int[length];
            text[0] = (int) ((long) vocabularySize * (2 * i + 1) / (2 * TEXTS));
            texts.add(text);
        }
        for (int position = 0; position < length - 1; position++) {
            List<StepRow> rows = new ArrayList<>();
            for (int i = 0; i < TEXTS; i++) {
                rows.add(new StepRow(i, texts.get(i), 1, position, 1, true, SamplingParams.greedy(), -1, false));
            }
            List<RowResult> results = reference.step(new StepBatch(rows)).rows();
            for (int i = 0; i < TEXTS; i++) {
                int token = results.get(i).token();
                if (token == RowResult.NO_TOKEN) {
                    throw new EngineException(reference.describe().model() + ": the model's numbers overflow");
                }
                texts.get(i)[position + 1] = token;
            }
        }
    }

    /** How long the texts are with a model of this context. */
    static int textTokens(int contextTokensMax) {
        return Math.min(TEXT_TOKENS_MAX, contextTokensMax);
    }

    /** The share of places at which another engine's likeliest token is the reference's, 0 to 1; uses slot 0. */
    double agreement(InferenceEngine other) throws EngineException {
        int equal = 0;
        int all = 0;
        for (int[] text : texts) {
            StepRow row = new StepRow(0, text, text.length, 0, text.length, false, SamplingParams.greedy(), 1, true);
            List<TokenLogprobs> scores =
                    other.step(new StepBatch(List.of(row))).rows().get(0).promptLogprobs();
            other.release(0);
            for (int i = 1; i < text.length; i++) {
                int[] likeliest = scores.get(i - 1).topTokens();
                equal += likeliest.length > 0 && likeliest[0] == text[i] ? 1 : 0;
                all++;
            }
        }
        return all == 0 ? 1 : (double) equal / all;
    }
}
