package io.gondola.gateway.http;

import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.TextRequest;
import io.gondola.gateway.trace.TraceRecord;
import java.util.Arrays;
import java.util.List;

/** What a trace is told of a call. */
final class CallTrace {

    private CallTrace() {}

    static TraceRecord of(TextCall call, ServerTiming timing, int cachedTokens, Outcome outcome, long nowNanos) {
        TextRequest text = call.text();
        int[] outputTokens = new int[call.choiceCount()];
        for (int i = 0; i < outputTokens.length; i++) {
            outputTokens[i] = call.choice(i).tokenCount();
        }
        long arrivedNanos = call.arrivedNanos();
        return new TraceRecord(
                arrivedNanos,
                text.model().name(),
                text.requestClass(),
                text.tenant(),
                text.tenantWeight(),
                prompts(text.prompts()),
                text.n(),
                outputTokens,
                cachedTokens,
                text.timeoutNanos(),
                outcome,
                timing.queueNanos(),
                timing.waitReason(),
                timing.firstTokenNanos(),
                nowNanos - arrivedNanos);
    }

    /** The heads are copies, since a prompt may be megabytes and the trace's buffer keeps what it is given. */
    private static TraceRecord.Prompt[] prompts(List<TextRequest.Prompt> prompts) {
        TraceRecord.Prompt[] traced = new TraceRecord.Prompt[prompts.size()];
        int blocksLeft = TraceRecord.PREFIX_BLOCKS_MAX;
        for (int i = 0; i < traced.length; i++) {
            int[] tokens = prompts.get(i).tokens();
            int blocks = Math.min(blocksLeft, tokens.length / TraceRecord.PREFIX_BLOCK_TOKENS);
            blocksLeft -= blocks;
            traced[i] = new TraceRecord.Prompt(
                    tokens.length,
                    prompts.get(i).maxTokens(),
                    Arrays.copyOf(tokens, blocks * TraceRecord.PREFIX_BLOCK_TOKENS));
        }
        return traced;
    }
}
