package io.gondola.worker.engine.simulated;

import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An engine with a cost model in place of a model: for load tests, for the simulator, and for developing without one.
 *
 * <p>Each token is a function of the prompt, the position and the seed, so a text is the same alone and in company, and
 * goes on where it was on another worker. The prompt enters as a hash of what was really fed, slot by slot, in order: a
 * step loop that feeds a wrong token gets a wrong text, and one that feeds a wrong position, more than fits, or one slot
 * twice gets an {@link EngineException}, where a real engine would give nonsense.
 */
public final class SimulatedEngine implements InferenceEngine {

    private static final int EMPTY = 0;

    private final SimulatedModel model;
    private final ModelDescription description;
    private final CostModel costs;
    private final Sleeper sleeper;
    private final BitSet silent = new BitSet();
    private final int[] spoken;
    private final int[] cachedTokens;
    private final long[] promptHashes;
    private boolean closed;

    public SimulatedEngine(SimulatedModel model, CostModel costs, Sleeper sleeper) {
        this.model = model;
        this.description = model.describe();
        this.costs = costs;
        this.sleeper = sleeper;
        Arrays.stream(model.silentTokens())
                .filter(token -> token >= 0 && token < model.vocabularySize())
                .forEach(silent::set);
        this.spoken = IntStream.range(0, model.vocabularySize())
                .filter(token -> !silent.get(token))
                .toArray();
        this.cachedTokens = new int[model.slots()];
        this.promptHashes = new long[model.slots()];
    }

    @Override
    public ModelDescription describe() {
        return description;
    }

    @Override
    public StepResult step(StepBatch batch) throws EngineException {
        check(batch);
        sleeper.sleep(costs.nanos(batch));
        List<RowResult> results = new ArrayList<>();
        for (StepRow row : batch.rows()) {
            results.add(compute(row));
        }
        return new StepResult(results);
    }

    @Override
    public void release(int slot) {
        cachedTokens[slot] = EMPTY;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void check(StepBatch batch) throws EngineException {
        if (closed) {
            throw new EngineException("the engine is closed");
        }
        BitSet slotsSeen = new BitSet();
        for (StepRow row : batch.rows()) {
            int slot = row.slot();
            if (slot < 0 || slot >= model.slots() || slotsSeen.get(slot)) {
                throw new EngineException(
                        "slot " + slot + " is taken in this step or is not one of " + model.slots() + " slots");
            }
            slotsSeen.set(slot);
            int end = row.position() + row.count();
            if (row.count() < 1 || end > model.contextTokensMax() || end > row.history().length) {
                throw new EngineException("positions " + row.position() + " to " + (end - 1) + " in slot " + slot
                        + " are not within the context of " + model.contextTokensMax() + " tokens");
            }
            if (row.position() != EMPTY && row.position() != cachedTokens[slot]) {
                throw new EngineException("position " + row.position() + " follows " + cachedTokens[slot]
                        + " cached tokens in slot " + slot);
            }
        }
    }

    private RowResult compute(StepRow row) {
        int slot = row.slot();
        long hash = row.position() == EMPTY ? 0 : promptHashes[slot];
        int end = row.position() + row.count();
        List<TokenLogprobs> scores = new ArrayList<>();
        for (int position = row.position(); position < end; position++) {
            if (position < row.promptLength()) {
                hash = mix(hash, row.history()[position]);
            }
            if (row.scorePrompt() && position + 1 < row.promptLength()) {
                scores.add(score(hash, position + 1, row.history()[position + 1], row.topLogprobs()));
            }
        }
        promptHashes[slot] = hash;
        cachedTokens[slot] = end;
        if (!row.sample()) {
            return new RowResult(RowResult.NO_TOKEN, null, scores);
        }
        // Greedy knows no chance, so its text depends on no seed.
        long seed = row.sampling().isGreedy() ? 0 : row.sampling().seed();
        int token = draw(mix(hash, seed), end);
        return new RowResult(token, row.topLogprobs() < 0 ? null : score(hash, end, token, row.topLogprobs()), scores);
    }

    private int draw(long hash, int position) {
        long drawn = mix(hash, position);
        if (model.endToken() >= 0 && Long.remainderUnsigned(mix(drawn, 1), model.endOneIn()) == 0) {
            return model.endToken();
        }
        return spoken[(int) Long.remainderUnsigned(drawn, spoken.length)];
    }

    /** Falling probabilities 1/2, 1/4, ... with {@code token} the likeliest. */
    private TokenLogprobs score(long hash, int position, int token, int topLogprobs) {
        float halved = (float) -Math.log(2);
        int count = Math.max(0, Math.min(topLogprobs, spoken.length));
        int[] tokens = new int[count];
        float[] logprobs = new float[count];
        int next = (int) Long.remainderUnsigned(mix(hash, ~position), spoken.length);
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                next = spoken[next] == token ? (next + 1) % spoken.length : next;
            }
            tokens[i] = i == 0 ? token : spoken[next];
            logprobs[i] = (i + 1) * halved;
            next = i == 0 ? next : (next + 1) % spoken.length;
        }
        return new TokenLogprobs(token, halved, tokens, logprobs);
    }

    /** SplitMix64's finaliser (Steele, Lea, Flood 2014) over both words. */
    private static long mix(long hash, long value) {
        long z = hash * 31 + value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
